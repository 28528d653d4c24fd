import type { Documents } from "../documents/index.ts";
import type { Broadcast } from "../domain/broadcast.ts";
import { answersOf, type DocumentAnswer, differencesFrom } from "../domain/flutterflow-answers.ts";
import { forEach } from "../for-each.ts";
import type { Intake } from "../intake/index.ts";

/** Documents of one batch that are answered at once. */
const ANSWERED_AT_ONCE = 16;

/**
 * Answers the documents that asked for a broadcast which has finished; of one that was only checked, notes what the
 * answers would have been. Doing it again changes nothing.
 */
export async function answerDocuments(
  { documents, intake }: { documents: Documents; intake: Intake },
  broadcast: Broadcast,
): Promise<void> {
  const answers = answersOf(broadcast);
  await forEach((broadcast.documents ?? []).entries(), ANSWERED_AT_ONCE, async ([index, document]) => {
    const answer = answers[index];
    if (!answer) return;
    if (!broadcast.checkOnly) await documents.answer(document, answer);
    else await intake.noteComparison(document, { ours: checked(broadcast, answer) });
  });
}

function checked(broadcast: Broadcast, { status, num_sent: numSent, error }: DocumentAnswer) {
  const { resolved = 0, rejected = {}, withoutAddress = 0 } = broadcast.books ?? {};
  const counts = { audience: resolved, rejected, withoutAddress };
  return { status, numSent, error, ...counts, notes: differencesFrom(broadcast) };
}
