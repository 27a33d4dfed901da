"""One training step of MMGAN in PyTorch, as fast as PyTorch makes it: the rival of `mmgan bench step --peer`.

Algorithm 1 with RSGAN and soft pairing: forward passes shared, G on both batches in one pass, both gradients at t - 1, Adam.

Variants, all float32 unless their name says otherwise:
    eager           NCHW, backward() through everything: the gradient of G's loss also reaches D's weights; default Adam
    frozen          NCHW, only the gradients needed: D is frozen in G's step; fused Adam
    channels_last   as frozen, pictures and kernels in NHWC
    compiled        as frozen: forward, both gradients in one graph through torch.compile
    compiled-channels_last
    bfloat16        as channels_last, under autocast
On a CUDA device also:
    graphs, graphs-channels_last    as compiled, replayed as CUDA graphs
    tf32            as graphs-channels_last, products in TF32
"""

import torch
import torch.nn.functional as F
from torch.fx.experimental.proxy_tensor import make_fx

from nets import Layout, allow_tf32, awaited, generator, inward, start
from peer import peak_bytes, read_tensors, serve, timed, warm_up

VARIANTS = ["eager", "frozen", "channels_last", "compiled", "compiled-channels_last", "bfloat16"]
ON_CUDA = ["graphs", "graphs-channels_last", "tf32"]
LOW = ["bfloat16", "tf32"]
SIGMA_FLOOR = 0.1


def losses(plan, layout, p, batch, alpha):
    """Algorithm 1, steps 2 to 8: losses of D and of the players G, E and mixture."""
    _, logits = inward("encoder", plan, layout, p, batch["real"])
    y = torch.softmax(logits.float(), 1)
    weights = torch.cat([y, batch["priorLabels"]])
    noise = torch.cat([batch["pairNoise"], batch["priorNoise"]])
    latents = weights @ p["mixture/means"] + (weights @ p["mixture/sigmas"]) * noise
    paired, prior = generator(plan, layout, p, latents).chunk(2)
    real_scores = inward("critic", plan, layout, p, batch["real"])[1]
    paired_scores = inward("critic", plan, layout, p, paired)[1]
    lead = (real_scores - paired_scores).float()
    critic = F.softplus(-lead).mean()
    adversarial = F.softplus(lead).mean()
    prior_logits = inward("encoder", plan, layout, p, prior)[1].float()
    entropy = -(batch["priorLabels"] * F.log_softmax(prior_logits, 1)).sum(1).mean()
    return critic, adversarial, entropy, adversarial + alpha * entropy


class Step:
    """One variant: its own copy of weights, moments and batch."""

    def __init__(self, name, setup, arrays):
        self.plan, self.alpha = setup["plan"], setup["alpha"]
        self.layout = Layout("channels_last" in name or name in LOW, setup["device"])
        self.low = name == "bfloat16"
        self.plain = name == "eager"
        self.batch = {}
        self.p = {}
        for key, array in arrays.items():
            if key.startswith("batch/"):
                short = key.removeprefix("batch/")
                self.batch[short] = (
                    self.layout.images(array) if array.ndim == 4 else self.layout.tensor(array)
                )
            else:
                self.p[key] = self.layout.weight(key, array, self.plan).requires_grad_()
        # Relativistic losses see differences of scores: D's last bias has no gradient, and stands still in mmgan too.
        self.p["critic/out/bias"].requires_grad_(False)
        self.critic = [k for k, w in self.p.items() if k.startswith("critic/") and w.requires_grad]
        self.players = [k for k, w in self.p.items() if not k.startswith("critic/")]
        rates = setup["rates"]
        groups = [
            {"params": [w for k, w in self.p.items() if k.startswith(part + "/") and w.requires_grad], "lr": rates[part]}
            for part in rates
        ]
        options = {} if self.plain else {"fused": True}
        self.adam = torch.optim.Adam(groups, betas=(setup["beta1"], setup["beta2"]), eps=1e-8, **options)
        self.gradients = self.eager_gradients
        if name.startswith("compiled"):
            self.compile()
        elif name in ON_CUDA:
            self.compile(mode="reduce-overhead")

    def eager_gradients(self):
        """Losses, then gradients in the order of `critic` + `players`."""
        with torch.autocast(self.layout.device, torch.bfloat16, enabled=self.low):
            critic, adversarial, entropy, players = losses(self.plan, self.layout, self.p, self.batch, self.alpha)
        d = torch.autograd.grad(critic, [self.p[k] for k in self.critic], retain_graph=True)
        g = torch.autograd.grad(players, [self.p[k] for k in self.players])
        return (critic, adversarial, entropy), (*d, *g)

    def compile(self, **options):
        """The whole of losses and gradients as one graph of plain operators, without what nothing needs, compiled."""
        names = list(self.p)
        batch_names = list(self.batch)

        def traced(weights, values):
            p = dict(zip(names, weights))
            batch = dict(zip(batch_names, values))
            critic, adversarial, entropy, players = losses(self.plan, self.layout, p, batch, self.alpha)
            d = torch.autograd.grad(critic, [p[k] for k in self.critic], retain_graph=True)
            g = torch.autograd.grad(players, [p[k] for k in self.players])
            return (critic, adversarial, entropy), (*d, *g)

        weights = [self.p[k] for k in names]
        values = [self.batch[k] for k in batch_names]
        graph = make_fx(traced)(weights, values)
        graph.graph.eliminate_dead_code()
        graph.recompile()
        compiled = torch.compile(graph, **options)

        def run():
            with torch.no_grad():
                return compiled(weights, values)

        self.gradients = run

    def __call__(self):
        if self.plain:
            values = self.plain_backward()
        else:
            values, found = self.gradients()
            for key, gradient in zip([*self.critic, *self.players], found):
                self.p[key].grad = gradient
        self.adam.step()
        with torch.no_grad():
            self.p["mixture/sigmas"].clamp_(min=SIGMA_FLOOR)
        return values

    def plain_backward(self):
        """What most training scripts do, with the forward passes shared all the same."""
        self.adam.zero_grad(set_to_none=True)
        critic, adversarial, entropy, players = losses(self.plan, self.layout, self.p, self.batch, self.alpha)
        critic_weights = [self.p[k] for k in self.critic]
        d = torch.autograd.grad(critic, critic_weights, retain_graph=True)
        players.backward()
        for weight, gradient in zip(critic_weights, d):
            weight.grad = gradient
        return critic, adversarial, entropy


steps = {}
state = {}


def setup(command):
    device = command["device"]
    start(command["threads"], device)
    steps.clear()
    state.update(command=command, arrays=read_tensors(command["tensors"]))
    return {
        "python": f"PyTorch {torch.__version__}",
        "threads": torch.get_num_threads(),
        "variants": [
            {"name": name, "float32": name not in LOW} for name in VARIANTS + (ON_CUDA if device == "cuda" else [])
        ],
    }


def prepare(command):
    """Builds a variant and warms it up; says the losses of its first two steps."""
    allow_tf32(command["variant"] == "tf32")
    step = Step(command["variant"], state["command"], state["arrays"])
    step = steps[command["variant"]] = awaited(step, state["command"]["device"])
    found = [[float(v.detach()) for v in step()] for _ in range(2)]
    warm_up(step)
    return {"losses": [dict(zip(["critic", "generator", "crossEntropy"], values)) for values in found]}


def run(command):
    allow_tf32(command["variant"] == "tf32")
    return {"ms": timed(steps[command["variant"]], command["runs"]), "peakBytes": peak_bytes()}


if __name__ == "__main__":
    serve({"setup": setup, "prepare": prepare, "run": run})
