/** The part of the runtime contract on bundles that must be refused. */

import { BundleError, BundleVersionError } from "@mmgan/core";
import { beforeAll, describe, expect, test } from "vitest";
import { writeOnnx } from "../../packages/runtime-node/src/testing/onnx-writer.js";
import {
  type TinyBundle,
  withFile,
  withManifest,
} from "../../packages/runtime-node/src/testing/tiny-bundle.js";
import { noisePictures } from "./by-hand.js";
import type { LoadBundle } from "./load-bundle.js";

/** @param bundleNow - the whole bundle that the tests damage; called once the caller's `beforeAll` has run */
export function describeBadBundles(load: LoadBundle, bundleNow: () => TinyBundle): void {
  describe("bad bundles", () => {
    let bundle: TinyBundle;
    beforeAll(() => {
      bundle = bundleNow();
    });

    const failure = async (files: ReadonlyMap<string, Uint8Array>): Promise<Error> => {
      const error = await load(files).then(
        async (opened) => {
          // A graph is only looked into when first used.
          const problem = await opened.cluster(noisePictures(1)).catch((e) => e);
          await opened.dispose();
          return problem;
        },
        (e) => e,
      );
      expect(error).toBeInstanceOf(Error);
      return error;
    };
    const without = (name: string): Map<string, Uint8Array> => {
      const files = new Map(bundle.files);
      files.delete(name);
      return files;
    };

    test("no manifest", async () => {
      const error = await failure(without("manifest.json"));
      expect(error).toBeInstanceOf(BundleError);
      expect(error.message).toContain("manifest.json");
    });

    test("a manifest that is not JSON, or breaks the schema", async () => {
      const text = new Map(bundle.files).set("manifest.json", new TextEncoder().encode("{"));
      expect((await failure(text)).message).toContain("manifest.json is not JSON");
      const error = await failure(withManifest(bundle, (manifest) => delete manifest.clusters));
      expect(error).toBeInstanceOf(BundleError);
      expect(error.message).toContain("Expected a value for field clusters of");
    });

    test("a newer format", async () => {
      const error = await failure(
        withManifest(bundle, (manifest) => {
          manifest.format = "2.0.0";
        }),
      );
      expect(error).toBeInstanceOf(BundleVersionError);
      expect(error.message).toContain("2.0.0. Update mmgan to read this bundle.");
    });

    test.each(["../secret", "/etc/passwd", "a/b.onnx", "..", "C:\\x", ""])(
      "a path that leaves the folder: %j",
      async (path) => {
        const error = await failure(
          withManifest(bundle, (manifest) => {
            (manifest.files as Record<string, { path: string }>).encoder!.path = path;
          }),
        );
        expect(error).toBeInstanceOf(BundleError);
        expect(error.message).toContain(
          "Expected a plain file name inside the bundle for field files.encoder.path of",
        );
      },
    );

    test.each(["encoder.onnx", "generator.onnx", "mixture.onnx", "card.md"])("%s missing", async (name) => {
      const error = await failure(without(name));
      expect(error).toBeInstanceOf(BundleError);
      expect(error.message).toContain(name);
      expect(error.message).toContain("missing");
    });

    test.each(["encoder.onnx", "generator.onnx", "mixture.onnx", "card.md"])(
      "%s truncated, or with one bit turned",
      async (name) => {
        const bytes = bundle.files.get(name)!;
        const cut = await failure(new Map(bundle.files).set(name, bytes.slice(0, -1)));
        expect(cut).toBeInstanceOf(BundleError);
        expect(cut.message).toContain(name);
        expect(cut.message).toContain(`Expected ${bytes.length} bytes`);
        const turned = bytes.slice();
        turned[3] = turned[3]! ^ 1;
        const error = await failure(new Map(bundle.files).set(name, turned));
        expect(error).toBeInstanceOf(BundleError);
        expect(error.message).toContain(name);
        expect(error.message).toContain("SHA-256");
      },
    );

    test("a graph that is not ONNX though its checksum is right", async () => {
      const error = await failure(await withFile(bundle, "encoder.onnx", Uint8Array.of(1, 2, 3)));
      expect(error).toBeInstanceOf(BundleError);
      expect(error.message).toContain("encoder.onnx");
    });

    test("a graph whose outputs are not the documented ones", async () => {
      const other = writeOnnx({
        inputs: [{ name: "images", type: "uint8", dims: ["batch", 4, 4, 1] }],
        outputs: [{ name: "logits", type: "float32", dims: ["batch", 4, 4, 1] }],
        constants: {},
        nodes: [{ op: "Cast", inputs: ["images"], outputs: ["logits"], integers: { to: 1 } }],
      });
      const error = await failure(await withFile(bundle, "encoder.onnx", other));
      expect(error).toBeInstanceOf(BundleError);
      expect(error.message).toContain("Expected float32 [batch, 3] for output logits of");
      expect(error.message).toContain("but received float32 [batch, 4, 4, 1]");
    });

    test("an encoder of another number of clusters than the manifest's", async () => {
      const error = await failure(
        withManifest(bundle, (manifest) => {
          manifest.clusters = 4;
        }),
      );
      expect(error).toBeInstanceOf(BundleError);
      expect(error.message).toContain("[batch, 4] for output logits");
    });
  });
}
