/** The data sets mmgan knows by name: files, checksums, where to fetch them, licence, sizes, splits. */

import { unknownName } from "@mmgan/core";
import type { ImageShape, Split } from "./dataset.js";

/** A file of a data set as published, in the sub-folder named like the set. */
export interface DataFile {
  readonly name: string;
  /** Bytes of the file as published; undefined where the official file was not at hand to measure. */
  readonly bytes?: number;
  /** SHA-256 of the file as published; undefined where `content` is what is checked. */
  readonly sha256?: string;
  /** What is inside: bytes and SHA-256 after decompression (gzip), or of all decoded pixels (zip of pictures). */
  readonly content: { readonly bytes: number; readonly sha256: string };
  /** Where to download it, tried in this order. */
  readonly mirrors: readonly string[];
}

/** A known data set. */
export interface DatasetInfo {
  readonly name: DatasetName;
  readonly title: string;
  readonly kind: "image" | "point";
  /** "generated" and "embedded" need no files; "download" is brought by `mmgan data fetch NAME`. */
  readonly source: "generated" | "embedded" | "download";
  readonly files: readonly DataFile[];
  /** Samples of each split. */
  readonly counts: Readonly<Record<Split, number>>;
  /** "published": the authors' own; "every-fifth": see split.ts; "generated": two random streams. */
  readonly splits: "published" | "every-fifth" | "generated";
  /** Pictures as published. */
  readonly image?: ImageShape;
  /** Coordinates of a point. */
  readonly dim?: number;
  readonly classNames: readonly string[];
  /** What training takes when nothing is asked for. */
  readonly defaults: { readonly clusters: number; readonly size?: number };
  readonly licence: string;
  readonly citation: string;
  readonly homepage: string;
}

export const DATASET_NAMES = ["moons", "digits", "mnist", "fashion-mnist", "coil-20"] as const;
export type DatasetName = (typeof DATASET_NAMES)[number];

const DIGIT_NAMES = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

type IdxRow = readonly [name: string, bytes: number, sha256: string, contentBytes: number, content: string];

function idxFiles(mirrors: readonly string[], rows: readonly IdxRow[]): DataFile[] {
  return rows.map(([name, bytes, sha256, contentBytes, content]) => ({
    name,
    bytes,
    sha256,
    content: { bytes: contentBytes, sha256: content },
    mirrors: mirrors.map((mirror) => `${mirror}${name}`),
  }));
}

// IDX sizes: images 16 + n * 28 * 28 bytes, labels 8 + n bytes.
const MNIST_FILES = idxFiles(
  [
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "http://yann.lecun.com/exdb/mnist/",
  ],
  [
    [
      "train-images-idx3-ubyte.gz",
      9912422,
      "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
      47040016,
      "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    ],
    [
      "train-labels-idx1-ubyte.gz",
      28881,
      "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
      60008,
      "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    ],
    [
      "t10k-images-idx3-ubyte.gz",
      1648877,
      "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
      7840016,
      "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    ],
    [
      "t10k-labels-idx1-ubyte.gz",
      4542,
      "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
      10008,
      "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    ],
  ],
);

const FASHION_FILES = idxFiles(
  [
    "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/b2617bb6d3ffa2e429640350f613e3291e10b141/data/fashion/",
  ],
  [
    [
      "train-images-idx3-ubyte.gz",
      26421880,
      "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
      47040016,
      "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    ],
    [
      "train-labels-idx1-ubyte.gz",
      29515,
      "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
      60008,
      "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
    ],
    [
      "t10k-images-idx3-ubyte.gz",
      4422102,
      "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
      7840016,
      "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
    ],
    [
      "t10k-labels-idx1-ubyte.gz",
      5148,
      "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
      10008,
      "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
    ],
  ],
);

/** Every data set that has a name. Folders of pictures need no entry here. */
export const DATASETS: Readonly<Record<DatasetName, DatasetInfo>> = {
  moons: {
    name: "moons",
    title: "Two moons, generated (the geometry of scikit-learn's make_moons, noise 0.05)",
    kind: "point",
    source: "generated",
    files: [],
    counts: { train: 1000, test: 1000, all: 2000 },
    splits: "generated",
    dim: 2,
    classNames: ["outer", "inner"],
    defaults: { clusters: 2 },
    licence: "none needed: generated",
    citation:
      'F. Pedregosa et al., "Scikit-learn: Machine Learning in Python", JMLR 12:2825-2830, 2011 (make_moons)',
    homepage: "https://scikit-learn.org/stable/modules/generated/sklearn.datasets.make_moons.html",
  },
  digits: {
    name: "digits",
    title: "Handwritten digits 8x8 (test part of UCI optdigits, as shipped by scikit-learn)",
    kind: "image",
    source: "embedded",
    files: [
      {
        name: "digits.csv.gz",
        bytes: 57523,
        sha256: "09f66e6debdee2cd2b5ae59e0d6abbb73fc2b0e0185d2e1957e9ebb51e23aa22",
        content: {
          bytes: 264712,
          sha256: "6ebb3d2fee246a4e99363262ddf8a00a3c41bee6014c373ed9d9216ba7f651b8",
        },
        mirrors: [],
      },
    ],
    counts: { train: 1438, test: 359, all: 1797 },
    splits: "every-fifth",
    image: { height: 8, width: 8, channels: 1 },
    classNames: DIGIT_NAMES,
    defaults: { clusters: 10, size: 8 },
    licence: "CC BY 4.0",
    citation:
      'E. Alpaydin, C. Kaynak, "Optical Recognition of Handwritten Digits", UCI Machine Learning Repository, 1998, doi:10.24432/C50P49',
    homepage: "https://archive.ics.uci.edu/dataset/80/optical+recognition+of+handwritten+digits",
  },
  mnist: {
    name: "mnist",
    title: "MNIST handwritten digits",
    kind: "image",
    source: "download",
    files: MNIST_FILES,
    counts: { train: 60000, test: 10000, all: 70000 },
    splits: "published",
    image: { height: 28, width: 28, channels: 1 },
    classNames: DIGIT_NAMES,
    defaults: { clusters: 10, size: 28 },
    licence: "CC BY-SA 3.0 (as stated by the Keras documentation; copyright Y. LeCun, C. Cortes)",
    citation:
      'Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, "Gradient-based learning applied to document recognition", Proc. IEEE 86(11):2278-2324, 1998',
    homepage: "http://yann.lecun.com/exdb/mnist/",
  },
  "fashion-mnist": {
    name: "fashion-mnist",
    title: "Fashion-MNIST clothing articles",
    kind: "image",
    source: "download",
    files: FASHION_FILES,
    counts: { train: 60000, test: 10000, all: 70000 },
    splits: "published",
    image: { height: 28, width: 28, channels: 1 },
    classNames: [
      "T-shirt/top",
      "Trouser",
      "Pullover",
      "Dress",
      "Coat",
      "Sandal",
      "Shirt",
      "Sneaker",
      "Bag",
      "Ankle boot",
    ],
    defaults: { clusters: 10, size: 28 },
    licence: "MIT, copyright (c) 2017 Zalando SE, https://tech.zalando.com",
    citation:
      'H. Xiao, K. Rasul, R. Vollgraf, "Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine Learning Algorithms", arXiv:1708.07747, 2017',
    homepage: "https://github.com/zalandoresearch/fashion-mnist",
  },
  "coil-20": {
    name: "coil-20",
    title: "COIL-20, processed: 20 objects on a turntable, 72 poses each",
    kind: "image",
    source: "download",
    files: [
      {
        // The same pictures travel in differently packed zip files, so the pixels are checked, not the container.
        name: "coil-20-proc.zip",
        content: {
          bytes: 23592960,
          sha256: "7274cbacb79ea6c57340827c9f9301745a8e9b3173dea4aa828e00b49c42946c",
        },
        mirrors: [
          "http://www.cs.columbia.edu/CAVE/databases/SLAM_coil-20_coil-100/coil-20/coil-20-proc.zip",
          "https://cave.cs.columbia.edu/old/databases/SLAM_coil-20_coil-100/coil-20/coil-20-proc.zip",
        ],
      },
    ],
    counts: { train: 1152, test: 288, all: 1440 },
    splits: "every-fifth",
    image: { height: 128, width: 128, channels: 1 },
    classNames: Array.from({ length: 20 }, (_, index) => `obj${index + 1}`),
    defaults: { clusters: 20, size: 32 },
    licence: "research use only; no open licence known. Not shipped with mmgan",
    citation:
      'S. A. Nene, S. K. Nayar, H. Murase, "Columbia Object Image Library (COIL-20)", Technical Report CUCS-005-96, Columbia University, 1996',
    homepage: "https://cave.cs.columbia.edu/repository/COIL-20",
  },
};

/** True for a name in DATASETS. */
export function isDatasetName(name: string): name is DatasetName {
  return (DATASET_NAMES as readonly string[]).includes(name);
}

/**
 * The entry of a known data set.
 *
 * @throws UnknownNameError with the nearest valid name
 */
export function datasetInfo(name: string): DatasetInfo {
  if (!isDatasetName(name)) throw unknownName("data set", name, [...DATASET_NAMES]);
  return DATASETS[name];
}
