import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import { describeApi } from "../../workers/control/openapi/document.ts";
import { templateOf } from "../../workers/control/openapi/operation.ts";
import { routes } from "../../workers/control/routes.ts";

export interface CheckedReply {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed JSON, or the text of what is no JSON; `null` where there is none. */
  readonly body: unknown;
}

export const api = describeApi(routes);

const ajv = new Ajv2020({ strict: false, allErrors: true });
formats.default(ajv);
// The document as a whole is known under a name, so that what is in it can be referred to.
ajv.addSchema(api, "api");

const patterns = routes.map(({ method, path }) => ({
  method,
  template: templateOf(path).path,
  pattern: new RegExp(`^${path.replace(/:\w+\{([^}]+)\}/g, "($1)").replace(/:\w+/g, "[^/]+")}$`),
}));

/**
 * Throws when the API's document does not allow this reply: its operation, status, content type, required header
 * fields and body. `path` is below `/api/v1`. What is no operation must be a problem.
 */
export function checkReply(method: string, path: string, reply: CheckedReply): void {
  const wrong = faultOf(method, path, reply);
  if (wrong !== null)
    throw new Error(`${method} ${path}: ${wrong}\n${reply.status} ${JSON.stringify(reply.body)?.slice(0, 1000)}`);
}

function faultOf(method: string, path: string, reply: CheckedReply): string | null {
  const [pathname = ""] = path.split("?", 1);
  const asked = method === "HEAD" ? "GET" : method;
  const found = patterns.find((each) => each.method === asked && each.pattern.test(pathname));
  if (!found) return bodyFault("#/components/schemas/Problem", "application/problem+json", reply);
  const verb = found.method.toLowerCase() as "get" | "post" | "put" | "patch" | "delete";
  const response = api.paths?.[found.template]?.[verb]?.responses?.[reply.status];
  if (!response) return `the document has no ${reply.status} for ${found.method} ${found.template}`;
  const missing = Object.keys(response.headers ?? {}).filter((name) => !reply.headers.has(name));
  if (missing.length > 0) return `${missing.join(", ")} is missing`;
  const [type] = Object.keys(response.content ?? {});
  if (type === undefined) return reply.body === null ? null : "there is a body, and the document has none";
  if (method === "HEAD") return null;
  const at = ["paths", found.template, verb, "responses", reply.status, "content", type, "schema"];
  return bodyFault(`#/${at.map(toToken).join("/")}`, type, reply);
}

function bodyFault(pointer: string, type: string, { headers, body }: CheckedReply): string | null {
  if (headers.get("Content-Type")?.split(";")[0] !== type)
    return `the content type is ${headers.get("Content-Type")}, not ${type}`;
  const validate = validatorAt(pointer);
  return validate(body) ? null : ajv.errorsText(validate.errors);
}

const validators = new Map<string, ValidateFunction>();

function validatorAt(pointer: string): ValidateFunction {
  let validate = validators.get(pointer);
  if (!validate) {
    validate = ajv.compile({ $ref: `api${pointer}` });
    validators.set(pointer, validate);
  }
  return validate;
}

/** RFC 6901, in a URI fragment. */
const toToken = (part: string | number) => encodeURIComponent(String(part).replaceAll("~", "~0").replaceAll("/", "~1"));
