/** Hints before a training on one's own pictures. */

export { choiceHints } from "./choice-hints.js";
export {
  FEW_PER_CLUSTER,
  graphHints,
  type Hint,
  imageHints,
  shareWithoutMutual,
  surveyHints,
} from "./hints.js";
export { FOLDER_SIZE, folderInput, type Survey, surveyFolder } from "./survey.js";
