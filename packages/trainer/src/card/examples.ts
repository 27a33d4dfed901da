/** The same five lines in five languages: draw the mean of every cluster, sort what was drawn, print the clusters. */

import type { CardFacts } from "./card.js";
import { lines } from "./markdown.js";

/** What an example depends on. */
interface Shapes {
  /** Name of the encoder's input and the generator's output. */
  readonly data: "images" | "points";
  readonly k: number;
  readonly d: number;
}

const typescript = ({ data }: Shapes, name: string) => `import { loadModel } from "@mmgan/runtime-node";
const model = await loadModel("."); // or modelPath(${JSON.stringify(name)}) of @mmgan/models, where it ships
const { ${data} } = await model.generate({ spread: 0 });
const { clusters } = await model.cluster(${data}!);
console.log(clusters.join(" "));`;

const python = ({ data, k, d }: Shapes) => `import numpy, onnxruntime
encoder, generator, mixture = (onnxruntime.InferenceSession(f"{name}.onnx") for name in ("encoder", "generator", "mixture"))
[latent] = mixture.run(["latent"], {"cluster": numpy.arange(${k}, dtype="int64"), "noise": numpy.zeros((${k}, ${d}), "float32")})
[${data}] = generator.run(["${data}"], {"latent": latent})
print(*encoder.run(["cluster"], {"${data}": ${data}})[0])`;

const browser = ({ data, k, d }: Shapes) => `import * as ort from "onnxruntime-web";
const [encoder, generator, mixture] = await Promise.all(["encoder", "generator", "mixture"].map((name) => ort.InferenceSession.create(\`\${name}.onnx\`)));
const { latent } = await mixture.run({ cluster: new ort.Tensor("int64", BigInt64Array.from({ length: ${k} }, (_, i) => BigInt(i)), [${k}]), noise: new ort.Tensor("float32", new Float32Array(${k * d}), [${k}, ${d}]) });
const { ${data} } = await generator.run({ latent });
document.body.append((await encoder.run({ ${data} })).cluster.data.join(" "));`;

const csharp = ({ data, k, d }: Shapes) => `using Microsoft.ML.OnnxRuntime;
InferenceSession encoder = new("encoder.onnx"), generator = new("generator.onnx"), mixture = new("mixture.onnx");
using var latent = mixture.Run(new RunOptions(), new Dictionary<string, OrtValue> { ["cluster"] = OrtValue.CreateTensorValueFromMemory(Enumerable.Range(0, ${k}).Select(i => (long)i).ToArray(), [${k}]), ["noise"] = OrtValue.CreateTensorValueFromMemory(new float[${k * d}], [${k}, ${d}]) }, ["latent"]);
using var ${data} = generator.Run(new RunOptions(), new Dictionary<string, OrtValue> { ["latent"] = latent[0] }, ["${data}"]);
Console.WriteLine(string.Join(" ", encoder.Run(new RunOptions(), new Dictionary<string, OrtValue> { ["${data}"] = ${data}[0] }, ["cluster"])[0].GetTensorDataAsSpan<long>().ToArray()));`;

const rust = ({ data, k, d }: Shapes) => `let environment = ort::environment::init().build()?;
let [mut encoder, mut generator, mut mixture] = ["encoder", "generator", "mixture"].map(|name| ort::session::Session::builder(&environment).unwrap().commit_from_file(format!("{name}.onnx")).unwrap());
let latent = mixture.run(ort::inputs!["cluster" => ort::value::Tensor::from_array(([${k}], Vec::from_iter(0..${k}i64)))?, "noise" => ort::value::Tensor::from_array(([${k}, ${d}], vec![0f32; ${k * d}]))?])?;
let ${data} = generator.run(ort::inputs!["latent" => &latent["latent"]])?;
println!("{:?}", encoder.run(ort::inputs!["${data}" => &${data}["${data}"]])?["cluster"].try_extract_tensor::<i64>()?.1);`;

/** Heading, language of the code block, code. */
const EXAMPLES: readonly (readonly [string, string, (shapes: Shapes, name: string) => string])[] = [
  ["TypeScript, on Node", "ts", typescript],
  ["Python (onnxruntime)", "python", python],
  ["Browser (onnxruntime-web)", "js", browser],
  ["C# (Microsoft.ML.OnnxRuntime)", "csharp", csharp],
  ["Rust (ort 2.0.0-rc.15)", "rust", rust],
];

/** The section with all of them. */
export function exampleSection({ input, clusters, latentDim, name }: CardFacts): string {
  const shapes: Shapes = { data: input.kind === "image" ? "images" : "points", k: clusters, d: latentDim };
  return lines([
    "## Examples",
    `Run in this folder. Each draws the mean of every cluster, sorts what was drawn, and prints the clusters found: 0 to
${clusters - 1} in order where every mean looks like its own cluster. The first three run in mmgan's
tests, for each model that ships with it; the Rust was run by hand, the C# was not.`,
    ...EXAMPLES.map(
      ([title, language, code]) => `${title}:\n\n\`\`\`${language}\n${code(shapes, name)}\n\`\`\``,
    ),
  ]);
}
