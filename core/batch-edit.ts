import { AttributeDraft, readerOf } from "./attribute-draft.ts";
import { type Attributes, AttributeSet } from "./attributes.ts";
import type { LogBatch, OverlayLayer } from "./batch.ts";
import { ObjectBatch } from "./object-batch.ts";
import { RecordDraft } from "./record-draft.ts";

/**
 * Changes to the records of a batch. The batch itself stays as it is; `finish` makes the one that goes on.
 *
 * Records that only gained attributes share the old batch's bytes, with one layer more. As soon as one record had
 * something replaced or removed, all become objects: nothing that was taken away is left in any byte of the new batch,
 * whoever looks at it and however (raw lines, the prefilter of rules), and no reader of columns needs to know about
 * hidden keys or changed bodies.
 */
export class BatchEdit {
  readonly batch: LogBatch;
  /** The resource's attributes; a change is one for all records. */
  readonly resource: AttributeDraft;
  readonly #drafts: (RecordDraft | undefined)[];

  constructor(batch: LogBatch) {
    this.batch = batch;
    this.resource = new AttributeDraft(readerOf(batch.resource.attributes));
    this.#drafts = Array.from({ length: batch.size });
  }

  /** @throws RangeError when there is no such record. */
  draft(index: number): RecordDraft {
    const known = this.#drafts[index];
    if (known !== undefined) return known;
    const draft = new RecordDraft(this.batch.at(index));
    this.#drafts[index] = draft;
    return draft;
  }

  /** The batch with all changes, or the same one when there are none. */
  finish(): LogBatch {
    const changes = this.#drafts.map((draft) => draft?.change ?? "none");
    const edited = changes.includes("replaced")
      ? this.#objects()
      : changes.includes("added")
        ? this.batch.withLayer(this.#layer())
        : this.batch;
    return this.resource.change === "none"
      ? edited
      : edited.withResource({ ...edited.resource, attributes: this.resource.all() });
  }

  #layer(): OverlayLayer {
    const sets: AttributeSet[] = [];
    const index = new Uint32Array(this.batch.size);
    for (const [i, draft] of this.#drafts.entries()) {
      if (draft?.change !== "added") continue;
      const { added } = draft.draft;
      const last = sets.at(-1);
      // Most statements add the same to record after record.
      index[i] =
        last !== undefined && sameMembers(last.attributes, added) ? sets.length : sets.push(new AttributeSet(added));
    }
    return { sets, index };
  }

  #objects(): ObjectBatch {
    const { resource, size } = this.batch;
    return new ObjectBatch(
      resource,
      Array.from({ length: size }, (_, i) => this.draft(i).toPlain()),
    );
  }
}

function sameMembers(a: Attributes, b: Attributes): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && a[key] === b[key]);
}
