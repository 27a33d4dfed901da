import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DataMissingError } from "@mmgan/core";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { DATASETS } from "./catalogue.js";
import { listDatasets } from "./list.js";
import { loadDataset } from "./load.js";
import { dataCacheFolder, dataPlaces, findFiles } from "./locate.js";

const { mnist } = DATASETS;
let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "mmgan-locate-"));
  // The user's own cache must not answer for the places under test (env-paths reads these on Linux and Windows).
  vi.stubEnv("XDG_CACHE_HOME", join(root, "cache"));
  vi.stubEnv("LOCALAPPDATA", join(root, "cache"));
  vi.stubEnv("MMGAN_DATA", "");
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(root, { recursive: true });
});

/** Puts empty files of MNIST into PLACE/mnist. */
async function put(place: string, names: readonly string[]): Promise<void> {
  await mkdir(join(place, "mnist"), { recursive: true });
  for (const name of names) await writeFile(join(place, "mnist", name), "");
}

const allNames = mnist.files.map(({ name }) => name);

test("places are --data-dir, then MMGAN_DATA, then the cache", () => {
  const cache = { folder: dataCacheFolder(), from: "cache" };
  expect(dataPlaces()).toEqual([cache]);
  vi.stubEnv("MMGAN_DATA", join(root, "shared"));
  const variable = { folder: join(root, "shared"), from: "MMGAN_DATA" };
  expect(dataPlaces()).toEqual([variable, cache]);
  expect(dataPlaces(join(root, "asked"))).toEqual([
    { folder: join(root, "asked"), from: "--data-dir" },
    variable,
    cache,
  ]);
});

test("the first place that has all the files is taken", async () => {
  const [asked, shared] = [join(root, "asked"), join(root, "shared")];
  vi.stubEnv("MMGAN_DATA", shared);
  await put(shared, allNames);
  await put(asked, allNames.slice(1));
  const find = async () => (await findFiles(mnist, mnist.files, asked))?.place.from;
  expect(await find()).toBe("MMGAN_DATA");
  await put(asked, allNames);
  expect(await find()).toBe("--data-dir");
});

test("only the files asked for need be there, and gzip ones may be unpacked", async () => {
  await put(root, ["t10k-images-idx3-ubyte"]);
  const images = mnist.files.filter(({ name }) => name === "t10k-images-idx3-ubyte.gz");
  expect((await findFiles(mnist, images, root))?.paths).toEqual([
    join(root, "mnist", "t10k-images-idx3-ubyte"),
  ]);
  expect(await findFiles(mnist, mnist.files, root)).toBeUndefined();
});

test("missing data name the files, the places looked at and the command that brings them", async () => {
  vi.stubEnv("MMGAN_DATA", join(root, "shared"));
  const error = await loadDataset("mnist", { dataDir: join(root, "asked"), labels: true }).catch(
    (cause) => cause,
  );
  expect(error).toBeInstanceOf(DataMissingError);
  expect(error.code).toBe("E_DATA_MISSING");
  expect(error.message).toBe(
    "Expected train-images-idx3-ubyte.gz, train-labels-idx1-ubyte.gz of data set mnist in one of " +
      `${join(root, "asked", "mnist")} (--data-dir), ${join(root, "shared", "mnist")} (MMGAN_DATA), ` +
      `${join(dataCacheFolder(), "mnist")} (cache), but none has all of them. ` +
      'Run "mmgan data fetch mnist", or name the folder that holds it with --data-dir or MMGAN_DATA.',
  );
});

test("training, which asks for no labels, does not open the label files", async () => {
  await put(root, ["train-images-idx3-ubyte"]);
  // Found without the labels beside them; then refused because these images are empty.
  await expect(loadDataset("mnist", { dataDir: root })).rejects.toThrow(
    `${join(root, "mnist", "train-images-idx3-ubyte")} fails the size check: the file is empty. ` +
      'Delete it and run "mmgan data fetch mnist".',
  );
  await expect(loadDataset("mnist", { dataDir: root, labels: true })).rejects.toThrow(DataMissingError);
});

test("the list says of each set where it is or how to get it", async () => {
  await put(root, allNames);
  const rows = await listDatasets({ dataDir: root });
  const where = Object.fromEntries(rows.map(({ name, ready, where }) => [name, [ready, where]]));
  expect(where).toEqual({
    moons: [true, "generated"],
    digits: [true, "embedded"],
    mnist: [true, `${join(root, "mnist")} (--data-dir)`],
    "fashion-mnist": [false, "missing: mmgan data fetch fashion-mnist"],
    "coil-20": [false, "missing: mmgan data fetch coil-20"],
  });
  expect(rows.find(({ name }) => name === "digits")).toMatchObject({
    count: 1797,
    train: 1438,
    test: 359,
    shape: [8, 8, 1],
    classes: 10,
    licence: "CC BY 4.0",
  });
  expect(rows.find(({ name }) => name === "moons")).toMatchObject({ count: 2000, shape: [2], classes: 2 });
});
