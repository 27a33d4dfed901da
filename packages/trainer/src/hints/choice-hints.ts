/** What to know of a K that was chosen. */

import type { ChoiceRecord } from "../choice/choice-file.js";
import type { Hint } from "./hints.js";

/** Where another range, or a look at other K, is worth it. */
export function choiceHints({
  candidates,
  chosen,
}: Required<Pick<ChoiceRecord, "candidates" | "chosen">>): Hint[] {
  const hints: Hint[] = [];
  const { clusters } = chosen;
  const [first, last] = [candidates[0]!.clusters, candidates.at(-1)!.clusters];
  if (first === last) return hints;
  if (clusters === first || clusters === last)
    hints.push({
      code: "CLUSTERS_AT_EDGE",
      message: `the most stable number of clusters, ${clusters}, is the ${clusters === first ? "smallest" : "largest"} that was tried. Widen the range of --clusters.`,
    });
  const others = chosen.alike.filter((k) => k !== clusters);
  if (others.length > 0)
    hints.push({
      code: "CLUSTERS_UNCERTAIN",
      message: `the score of ${clusters} clusters is the highest, but that of ${others.join(", ")} is within its standard error. More --restarts tell them apart better; or name the number that suits you.`,
    });
  return hints;
}
