/** All forms, and the choice between those that apply. */

import { unknownName } from "@mmgan/core";
import type { Value } from "../graph.js";
import type { Ops } from "../ops.js";
import { convolutionBlocked } from "./convolution-blocked.js";
import { convolutionNchw } from "./convolution-nchw.js";
import { convolutionTaps } from "./convolution-taps.js";
import { convolutionWindows } from "./convolution-windows.js";
import { filterGradientColumns } from "./filter-gradient-columns.js";
import { filterGradientTaps } from "./filter-gradient-taps.js";
import { filterGradientWindows } from "./filter-gradient-windows.js";
import { type Epilogue, type Form, type FormKind, type Info, padsOf } from "./form.js";
import { inputGradientCol2im } from "./input-gradient-col2im.js";
import { inputGradientNchw } from "./input-gradient-nchw.js";
import { inputGradientParity } from "./input-gradient-parity.js";
import { inputGradientWindows } from "./input-gradient-windows.js";

/** The forms of each kind; of those that apply, the first is taken where nothing was measured. */
export const FORMS: Readonly<Record<FormKind, readonly Form[]>> = {
  convolution: [convolutionTaps, convolutionBlocked, convolutionWindows, convolutionNchw],
  inputGradient: [inputGradientParity, inputGradientCol2im, inputGradientWindows, inputGradientNchw],
  filterGradient: [filterGradientTaps, filterGradientColumns, filterGradientWindows],
};

/** A form by its name. */
export function formOf(kind: FormKind, name: string): Form {
  const form = FORMS[kind].find((candidate) => candidate.name === name);
  if (!form)
    throw unknownName(
      `form of ${kind}`,
      name,
      FORMS[kind].map((candidate) => candidate.name),
    );
  return form;
}

/** The result of a product in the form chosen for its geometry. */
export function applyForm(ops: Ops, kind: FormKind, a: Value, b: Value, info: Info): Value {
  const form = chooseForm(ops, kind, info);
  const make = (epilogue: Epilogue): Value => {
    const result = form.lower(ops, a, b, info, epilogue);
    if (form.fuses) ops.fusable.set(result, { epilogue, remake: make });
    return result;
  };
  return make({});
}

function chooseForm(ops: Ops, kind: FormKind, info: Info): Form {
  const forms = FORMS[kind].filter((form) => form.applies(ops, info));
  if (forms.length === 1 || !ops.options.choose) return forms[0]!;
  const chosen = ops.options.choose({
    kind,
    x: info.inShape,
    filter: info.filterShape,
    strides: [info.strideHeight, info.strideWidth],
    pads: padsOf(info),
    candidates: forms.map(({ name }) => name),
  });
  return forms.find(({ name }) => name === chosen) ?? forms[0]!;
}
