/** TensorFlow's lists of tensors as one tensor, [elements, ...element shape]: what a loop can hand on. */

import * as tf from "@tensorflow/tfjs";

export type ListOp = (inputs: tf.Tensor[], dtype: tf.DataType) => tf.Tensor | tf.Tensor[];

const numbers = (tensor: tf.Tensor): number[] => Array.from(tensor.dataSync());

/** Elements of a size that is not known yet have none. */
const elementDims = (shape: tf.Tensor): number[] => numbers(shape).map((dim) => Math.max(0, dim));

/** A list that has no element shape yet takes that of its first item. */
function withElement(list: tf.Tensor, dims: readonly number[]): tf.Tensor {
  return list.size > 0 ? list : tf.zeros([list.shape[0]!, ...dims], list.dtype);
}

const at = (index: tf.Tensor): tf.Tensor => tf.reshape(tf.cast(index, "int32"), [1, 1]);

/** By TensorFlow's names, with its inputs. */
export const LIST_OPS: Readonly<Record<string, ListOp>> = {
  TensorListReserve: ([shape, count], dtype) =>
    tf.zeros([numbers(count!)[0]!, ...elementDims(shape!)], dtype),
  EmptyTensorList: ([shape], dtype) => tf.zeros([0, ...elementDims(shape!)], dtype),
  TensorListFromTensor: ([tensor]) => tf.clone(tensor!),
  TensorListStack: ([list]) => tf.clone(list!),
  TensorListLength: ([list]) => tf.scalar(list!.shape[0]!, "int32"),
  TensorListGetItem: ([list, index]) =>
    tf.squeeze(tf.gather(list!, tf.reshape(tf.cast(index!, "int32"), [1])), [0]),
  TensorListSetItem: ([list, index, item]) =>
    tf.tensorScatterUpdate(
      withElement(list!, item!.shape),
      at(index!) as tf.Tensor2D,
      tf.expandDims(item!, 0),
    ),
  TensorListPushBack: ([list, item]) =>
    tf.concat([
      list!.shape.length === item!.rank + 1 ? list! : tf.zeros([0, ...item!.shape]),
      tf.expandDims(item!, 0),
    ]),
  TensorListGather: ([list, indices]) => tf.gather(list!, tf.cast(indices!, "int32")),
};
