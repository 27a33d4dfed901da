import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Digits } from "./digits.jsx";

const root = createRoot(document.getElementById("root"));
root.render(
  <StrictMode>
    <Digits url={`${import.meta.env.BASE_URL}models/digits/`} />
  </StrictMode>,
);
