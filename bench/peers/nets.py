"""MMGAN's nets in PyTorch, from mmgan's own weights: E, D and G for pictures, with or without batch norm."""

import torch
import torch.nn.functional as F

LEAK = 0.2
EPSILON = 1e-5
MOMENTUM = 0.9


def same_padding(outer, inner, kernel, stride):
    """(before, after) of TensorFlow's "same" padding along one side."""
    total = max(0, (inner - 1) * stride + kernel - outer)
    return total // 2, total - total // 2


def start(threads, device):
    """What every peer sets before it builds anything. float32 means float32: TF32 is off."""
    torch.set_num_threads(threads)
    torch.set_flush_denormal(True)
    if device == "cuda" and not torch.cuda.is_available():
        raise RuntimeError("this PyTorch finds no CUDA device")
    allow_tf32(False)


def allow_tf32(allowed):
    torch.backends.cuda.matmul.allow_tf32 = allowed
    torch.backends.cudnn.allow_tf32 = allowed


def awaited(work, device):
    """`work` that ends when the device is done with it."""
    if device == "cpu":
        return work

    def run():
        out = work()
        torch.cuda.synchronize()
        return out

    return run


class Layout:
    """How pictures lie in memory: NCHW, or NHWC through PyTorch's channels_last; and on which device."""

    def __init__(self, channels_last, device="cpu"):
        self.channels_last = channels_last
        self.device = device
        self.format = torch.channels_last if channels_last else torch.contiguous_format

    def tensor(self, array):
        """A copy of numpy's array on this layout's device."""
        return torch.from_numpy(array.copy()).to(self.device)

    def images(self, array):
        """[n, h, w, c] -> a tensor PyTorch sees as [n, c, h, w]."""
        return self.tensor(array).permute(0, 3, 1, 2).contiguous(memory_format=self.format)

    def weight(self, name, array, plan):
        """A weight of mmgan as PyTorch wants it. Flat maps keep the order of this layout, so that flattening is free."""
        w = self.tensor(array)
        if name.endswith("/kernel") and w.dim() == 4:
            # [kh, kw, in, out] of a convolution, [kh, kw, out, in] of a transposed one: both end as PyTorch's.
            return w.permute(3, 2, 0, 1).contiguous(memory_format=self.format)
        if name in ("encoder/out/kernel", "critic/out/kernel"):
            side, channels = plan["convs"][-1]["inner"], plan["convs"][-1]["innerChannels"]
            if not self.channels_last:
                w = w.reshape(side, side, channels, -1).permute(2, 0, 1, 3).reshape(w.shape)
            return w.t().contiguous()
        deepest = plan["deconvs"][-1]
        side, channels = deepest["inner"], deepest["innerChannels"]
        if name == "generator/dense/kernel":
            if not self.channels_last:
                w = w.reshape(-1, side, side, channels).permute(0, 3, 1, 2).reshape(w.shape)
            return w.t().contiguous()
        if name == "generator/dense/bias" and not self.channels_last:
            return w.reshape(side, side, channels).permute(2, 0, 1).reshape(-1).contiguous()
        return w

    def plain(self, name, tensor, plan):
        """The inverse of `weight`: a tensor of PyTorch's as mmgan has it, float32."""
        w = tensor.detach()
        if name.endswith("/kernel") and w.dim() == 4:
            w = w.permute(2, 3, 1, 0)
        elif name in ("encoder/out/kernel", "critic/out/kernel"):
            side, channels = plan["convs"][-1]["inner"], plan["convs"][-1]["innerChannels"]
            w = w.t()
            if not self.channels_last:
                w = w.reshape(channels, side, side, -1).permute(1, 2, 0, 3).reshape(w.shape)
        elif name.startswith("generator/dense/"):
            deepest = plan["deconvs"][-1]
            map_shape = (-1, deepest["innerChannels"], deepest["inner"], deepest["inner"])
            w = w.t() if w.dim() == 2 else w
            if not self.channels_last:
                w = w.reshape(map_shape).permute(0, 2, 3, 1).reshape(w.shape)
        return w.contiguous().cpu().numpy()

    def flat(self, maps):
        if self.channels_last:
            maps = maps.permute(0, 2, 3, 1)
        return maps.reshape(maps.shape[0], -1)

    def grown(self, rows, side, channels):
        if self.channels_last:
            return rows.reshape(-1, side, side, channels).permute(0, 3, 1, 2)
        return rows.reshape(-1, channels, side, side)


def norm(p, name, h, mode):
    """Batch norm: with running statistics ("running"), or the batch's own, which "update" also adds to the running ones.

    PyTorch would add the variance over n - 1 to the running one. MMGAN adds the one over n, so it is done here.
    """
    scale, offset = p[f"{name}/scale"], p[f"{name}/offset"]
    if mode == "running":
        return F.batch_norm(h, p[f"{name}/mean"], p[f"{name}/variance"], scale, offset, False, 0, EPSILON)
    out, mean, inverse = torch.native_batch_norm(h, scale, offset, None, None, True, 0, EPSILON)
    if mode == "update":
        with torch.no_grad():
            p[f"{name}/mean"].lerp_(mean, 1 - MOMENTUM)
            p[f"{name}/variance"].lerp_(inverse.pow(-2) - EPSILON, 1 - MOMENTUM)
    return out


def inward(part, plan, layout, p, x, mode=None):
    """E or D: pictures to (features, outputs). `mode` of the batch norms: None (training), "update", "running"."""
    normed = part == "encoder" and plan["batchNorm"]
    h = x
    for i, c in enumerate(plan["convs"]):
        before, after = same_padding(c["outer"], c["inner"], c["kernel"], c["stride"])
        if before != after:
            h = F.pad(h, (0, after - before, 0, after - before))
        bias = None if normed else p[f"{part}/conv{i}/bias"]
        h = F.conv2d(h, p[f"{part}/conv{i}/kernel"], bias, c["stride"], before)
        if normed:
            h = norm(p, f"{part}/norm{i}", h, mode)
        h = F.leaky_relu(h, LEAK)
    features = layout.flat(h)
    return features, F.linear(features, p[f"{part}/out/kernel"], p[f"{part}/out/bias"])


def generator(plan, layout, p, latent, mode=None):
    """G: latents [n, d] to pictures in [-1, 1]."""
    normed = plan["batchNorm"]
    deepest = plan["deconvs"][-1]
    h = F.linear(latent, p["generator/dense/kernel"], None if normed else p["generator/dense/bias"])
    if normed:
        h = layout.grown(h, deepest["inner"], deepest["innerChannels"])
        h = F.relu(norm(p, "generator/norm0", h, mode))
    else:
        h = layout.grown(F.relu(h), deepest["inner"], deepest["innerChannels"])
    for i, c in enumerate(reversed(plan["deconvs"])):
        last = i == len(plan["deconvs"]) - 1
        before, after = same_padding(c["outer"], c["inner"], c["kernel"], c["stride"])
        bias = p[f"generator/conv{i}/bias"] if last or not normed else None
        # Adjoint of "same": `before` cut at the start, `after` at the end.
        h = F.conv_transpose2d(h, p[f"generator/conv{i}/kernel"], bias, c["stride"], before)
        if before != after:
            h = h[:, :, : c["outer"], : c["outer"]]
        if last:
            return torch.tanh(h)
        h = F.relu(norm(p, f"generator/norm{i + 1}", h, mode) if normed else h)
    raise AssertionError("G has no layers")
