import type { Violation } from "../answers.ts";
import type { FieldType, MessageType } from "./fields.ts";

export type JsonObject = Record<string, unknown>;

/**
 * Reads JSON as a message of the given type, as Google's transcoder does: every misfit is reported with its
 * path, null means unset, and the copy that comes back has the proto's field names.
 *
 * @param path where the value stands; empty for the request itself
 */
export function readMessage(
  value: JsonObject,
  type: MessageType,
  path: string,
  violations: Violation[],
): JsonObject {
  const copy: JsonObject = {};
  for (const [key, item] of Object.entries(value)) {
    const field = type.fields.get(key);
    if (!field) {
      const where = path === "" ? "" : ` at '${path}'`;
      report(
        violations,
        path,
        `Invalid JSON payload received. Unknown name "${key}"${where}: Cannot find field.`,
      );
    } else if (item !== null) {
      const fieldPath = path === "" ? field.name : `${path}.${field.name}`;
      if (Array.isArray(item) && field.type.kind !== "list") {
        const where = path === "" ? "" : ` at '${path}'`;
        const why = "Proto field is not repeating, cannot start list.";
        report(violations, path, `Invalid JSON payload received. Unknown name "${key}"${where}: ${why}`);
      } else {
        copy[field.name] = readValue(item, field.type, fieldPath, violations);
      }
    }
  }
  return copy;
}

function readValue(value: unknown, type: FieldType, path: string, violations: Violation[]): unknown {
  switch (type.kind) {
    case "message":
      if (isObject(value)) return readMessage(value, type, path, violations);
      return misfit(violations, path, `type.googleapis.com/${type.type}`, JSON.stringify(value));
    case "struct":
      if (isObject(value)) return value;
      return misfit(violations, path, "type.googleapis.com/google.protobuf.Struct", JSON.stringify(value));
    case "map":
      if (!isObject(value)) return misfit(violations, path, "Map", JSON.stringify(value));
      Object.values(value).forEach((item, i) => {
        readScalar(item, "string", `${path}[${i}].value`, violations);
      });
      return value;
    case "list":
      return (Array.isArray(value) ? value : [value]).map((item, i) =>
        readValue(item, type.of, `${path}[${i}]`, violations),
      );
    case "enum":
      return readEnum(value, type.type, type.values, path, violations);
    case "duration":
      return readDuration(value, path, violations);
    case "string":
    case "bool":
    case "int32":
    case "float":
    case "timestamp":
      return readScalar(value, type.kind, path, violations);
  }
}

type Scalar = "string" | "bool" | "int32" | "float" | "timestamp";

const SCALARS: Record<Scalar, { type: string; fits: (value: unknown) => boolean }> = {
  string: { type: "TYPE_STRING", fits: (value) => typeof value === "string" },
  bool: { type: "TYPE_BOOL", fits: (value) => typeof value === "boolean" },
  // Proto JSON takes numbers as text, too.
  int32: { type: "TYPE_INT32", fits: (value) => isNumber(value) && (Number(value) | 0) === Number(value) },
  float: { type: "TYPE_FLOAT", fits: isNumber },
  timestamp: {
    type: "type.googleapis.com/google.protobuf.Timestamp",
    fits: (value) => typeof value === "string" && !Number.isNaN(Date.parse(value)),
  },
};

function readScalar(value: unknown, kind: Scalar, path: string, violations: Violation[]): unknown {
  const { type, fits } = SCALARS[kind];
  if (fits(value)) return value;
  return misfit(
    violations,
    path,
    type,
    isObject(value) ? "Starting an object on a scalar field" : JSON.stringify(value),
  );
}

function readEnum(
  value: unknown,
  type: string,
  values: readonly string[],
  path: string,
  violations: Violation[],
): unknown {
  if (typeof value === "string" && values.includes(value.toUpperCase())) return value;
  return misfit(violations, path, `type.googleapis.com/${type}`, JSON.stringify(value));
}

function readDuration(value: unknown, path: string, violations: Violation[]): unknown {
  if (typeof value === "string" && /^-?\d+(\.\d+)?s$/.test(value)) return value;
  const name = path.slice(path.lastIndexOf(".") + 1);
  const why =
    typeof value !== "string"
      ? `Invalid data type for duration, value is ${JSON.stringify(value)}`
      : value.endsWith("s")
        ? "Invalid duration format, failed to parse seconds"
        : "Illegal duration format; duration must end with 's'";
  return misfit(violations, path, "type.googleapis.com/google.protobuf.Duration", `Field '${name}', ${why}`);
}

function misfit(violations: Violation[], path: string, type: string, why: string): undefined {
  report(violations, path, `Invalid value at '${path}' (${type}), ${why}`);
}

function report(violations: Violation[], path: string, description: string): void {
  violations.push(path === "" ? { description } : { field: path, description });
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isNumber(value: unknown): boolean {
  if (typeof value === "number") return true;
  return typeof value === "string" && value.trim() !== "" && Number.isFinite(Number(value));
}
