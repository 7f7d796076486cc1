/** The part of WebAssembly that Tidewatch uses; Node has it, its type package and the ES library leave it out. */
declare namespace WebAssembly {
  class Memory {
    /** Replaced by another one when the memory grows. */
    readonly buffer: ArrayBuffer;
    grow(pages: number): number;
  }
  class Module {
    constructor(bytes: Uint8Array);
  }
  class Instance {
    constructor(module: Module);
    readonly exports: Readonly<Record<string, unknown>>;
  }
}
