/** The page Learn: MMGAN trained in the tab, and looked at while it learns. */

import { render } from "preact";
import { Shell } from "../site/shell.js";
import { Settings, Transport } from "./controls.js";
import { Curves } from "./curves.js";
import { Panels } from "./panels.js";
import { failure, start } from "./session.js";
import "./learn.css";

function Learn() {
  return (
    <Shell page="learn">
      <div class="intro">
        <h1>Learn</h1>
        <p>
          A generator G, a critic D and an encoder E learn together in this tab, from data without labels: E
          sorts what is real into clusters, and G draws each cluster from its own part of a mixture of
          Gaussians.
        </p>
      </div>
      {failure.value && (
        <p class="failure" role="alert">
          {failure.value}
        </p>
      )}
      <div class="learn">
        <Transport />
        <Panels />
        <Curves />
        <Settings />
      </div>
    </Shell>
  );
}

render(<Learn />, document.getElementById("app")!);
start();
