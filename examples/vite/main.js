import { loadModel, toImageData } from "@mmgan/runtime-web";

const model = await loadModel(`${import.meta.env.BASE_URL}models/digits/`, { worker: true });
const { images } = await model.generate({ spread: 0 });
const context = document.querySelector("canvas").getContext("2d");
for (const [i, image] of toImageData(images).entries()) context.putImageData(image, i * image.width, 0);
const { clusters } = await model.cluster(images);
document.querySelector("output").textContent = clusters.join(" ");
