/** The body of the request is larger than its service takes. */
export interface BodyTooLarge {
  readonly kind: "body-too-large";
  readonly maxBytes: number;
}

/** Whether a request says of its body how long it is; the runtime sees to it that this is true. */
export const saysLength = (contentLength: string | undefined): contentLength is string =>
  contentLength !== undefined && /^\d{1,15}$/.test(contentLength);

/** Counts a body of unknown length as it passes, and breaks it off when it is too long. */
export class BodyMeter {
  /** What goes on. */
  readonly body: ReadableStream<Uint8Array>;
  /** Resolves when there was too much, and otherwise never. */
  readonly overflow: Promise<BodyTooLarge>;

  constructor(body: ReadableStream<Uint8Array>, maxBytes: number) {
    const { promise, resolve } = Promise.withResolvers<BodyTooLarge>();
    this.overflow = promise;
    let bytes = 0;
    const meter = new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        bytes += chunk.byteLength;
        if (bytes <= maxBytes) return controller.enqueue(chunk);
        resolve({ kind: "body-too-large", maxBytes });
        controller.error(new Error("the request body is too large"));
      },
    });
    this.body = body.pipeThrough(meter);
  }
}
