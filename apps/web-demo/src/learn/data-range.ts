/** The part of the plane that surfaces cover and panels show. */

import { type SquareRange, squareRange } from "../draw/square-range.js";

/** @param points - [n, 2] */
export const dataRange = (points: ArrayLike<number>): SquareRange => squareRange(points, 1.25);
