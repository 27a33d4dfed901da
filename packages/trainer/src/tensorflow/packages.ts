/** The two npm packages that carry TensorFlow's addon, and the versions that set-up installs. */

/** In the order of preference. */
export const TENSORFLOW_PACKAGES = ["@tensorflow/tfjs-node-gpu", "@tensorflow/tfjs-node"] as const;
export type TensorflowPackage = (typeof TENSORFLOW_PACKAGES)[number];

export const CPU_PACKAGE: TensorflowPackage = "@tensorflow/tfjs-node";
export const GPU_PACKAGE: TensorflowPackage = "@tensorflow/tfjs-node-gpu";

/** Version of tfjs-node and tfjs-node-gpu: that of the trainer's own @tensorflow/tfjs. */
export const TFJS_VERSION = "4.22.0";
/** Version of node-api-headers: Node's own headers of N-API, from npm. */
export const NODE_API_HEADERS_VERSION = "1.9.0";
/** Version of the TensorFlow wheel that set-up takes where nothing else is said. */
export const TENSORFLOW_VERSION = "2.21.0";

/** Where either package has its addon, from its own folder. Node 20 and newer take version 8 of N-API. */
export const ADDON_FILE = "lib/napi-v8/tfjs_binding.node";
