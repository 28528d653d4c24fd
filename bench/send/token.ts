/** The access token that the metadata server of the benchmark hands out. */
export async function readToken(): Promise<string> {
  const host = process.env.GCE_METADATA_HOST;
  const url = `http://${host}/computeMetadata/v1/instance/service-accounts/default/token`;
  const response = await fetch(url, { headers: { "metadata-flavor": "Google" } });
  const { access_token } = (await response.json()) as { access_token: string };
  return access_token;
}
