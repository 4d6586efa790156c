import { type Head, headStatement, type SignedHead } from "../../audit/head.ts";

/** The seed of an Ed25519 key in PKCS #8 (RFC 8410, section 7) comes after these bytes. */
const PKCS8_PREFIX = [48, 46, 2, 1, 0, 48, 5, 6, 3, 43, 101, 112, 4, 34, 4, 32];

type SigningKey = Awaited<ReturnType<typeof importSeed>>;

/** Signs heads by the key that a secret stands for. */
export class HeadSigner {
  /** 32 bytes in base64url. */
  readonly publicKey: string;
  readonly #key: SigningKey;

  private constructor(publicKey: string, key: SigningKey) {
    this.publicKey = publicKey;
    this.#key = key;
  }

  /** The same secret gives the same key: its seed is derived by HKDF (RFC 5869). */
  static async from(secret: string): Promise<HeadSigner> {
    const text = new TextEncoder();
    const material = await crypto.subtle.importKey("raw", text.encode(secret), "HKDF", false, ["deriveBits"]);
    const hkdf = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info: text.encode("novacron audit head") };
    const seed = new Uint8Array(await crypto.subtle.deriveBits(hkdf, material, 256));
    const key = await importSeed(seed);
    const { x } = (await crypto.subtle.exportKey("jwk", key)) as { readonly x?: string };
    if (x === undefined) throw new Error("the runtime gives no public key");
    return new HeadSigner(x, key);
  }

  async sign(head: Omit<Head, "publicKey">): Promise<SignedHead> {
    const whole = { ...head, publicKey: this.publicKey };
    const signature = await crypto.subtle.sign("Ed25519", this.#key, new TextEncoder().encode(headStatement(whole)));
    return { ...whole, signature: base64Url(new Uint8Array(signature)) };
  }
}

/** Extractable, since that is the way to its public key. */
const importSeed = (seed: Uint8Array) =>
  crypto.subtle.importKey("pkcs8", new Uint8Array([...PKCS8_PREFIX, ...seed]), "Ed25519", true, ["sign"]);

const base64Url = (bytes: Uint8Array) =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
