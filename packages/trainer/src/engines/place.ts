/** An engine on a device, as people write it: "onnx/cpu", "onnx/webgpu", "reference". */

import { AUTO_DEVICE, DEVICES, type Device, resolveDevice, unknownName } from "@mmgan/core";
import { ENGINES, type EngineName } from "./engine.js";

export interface Place {
  engine: EngineName;
  device: Device;
}

/** Every engine on every device it knows. Only onnx has several. */
export const PLACES: readonly Place[] = ENGINES.flatMap((engine): Place[] =>
  engine === "onnx"
    ? DEVICES.filter((name) => name !== "auto").map((device) => ({ engine, device }))
    : [{ engine, device: AUTO_DEVICE }],
);

export const placeName = ({ engine, device }: Place): string =>
  engine === "onnx" ? `${engine}/${device}` : engine;

/** @throws UnknownNameError with the nearest engine or device */
export function parsePlace(text: string): Place {
  const [engine, device] = text.split("/") as [EngineName, string | undefined];
  if (!ENGINES.includes(engine)) throw unknownName("engine", engine, ENGINES);
  return { engine, device: resolveDevice(device) };
}
