import { loadModel, toImageData } from "@mmgan/runtime-web";
import { useEffect, useRef, useState } from "react";

/** A picture of every cluster of the model at `url`, and the clusters it finds in them. */
export function Digits({ url }) {
  const canvas = useRef(null);
  const [text, setText] = useState("");

  useEffect(() => {
    const controller = new AbortController();
    const { signal } = controller;
    const loading = loadModel(url, { worker: true, signal });
    const show = async () => {
      const model = await loading;
      const { images } = await model.generate({ spread: 0, signal });
      const context = canvas.current.getContext("2d");
      for (const [i, image] of toImageData(images).entries()) context.putImageData(image, i * image.width, 0);
      const { clusters } = await model.cluster(images, { signal });
      setText(clusters.join(" "));
    };
    show().catch((error) => signal.aborted || setText(error.message));
    return () => {
      controller.abort();
      loading.then((model) => model.dispose()).catch(() => {});
    };
  }, [url]);

  return (
    <>
      <canvas ref={canvas} width="80" height="8" />
      <output>{text}</output>
    </>
  );
}
