"""MMGAN's `default` recipe in PyTorch: every kind of step it has, on the nets of nets.py.

A kind says which terms a step has, as mmgan names them: {"gan": ..., "information": ..., "r1": ...}; without the GAN, E
trains alone. Written for speed on a CPU: no gradient that nobody needs, forward passes shared by both losses, one fused
Adam, moving averages in one call, no copies of pictures.
"""

import torch
import torch.nn.functional as F

from nets import Layout, generator, inward

PARTS = ["encoder", "generator", "critic", "mixture"]
AVERAGED = ["encoder", "generator", "mixture"]
SIGMA_FLOOR = 0.1
TINY = 1e-8


def part_of(name):
    return name.split("/", 1)[0]


def view_information(first, second, balance):
    """Information of two views' clusters (IIC), marginal entropies weighted by `balance`; nats, to be maximised."""
    joint = first.t() @ second / first.shape[0]
    joint = (joint + joint.t()) / 2
    marginal = (joint.sum(1, keepdim=True) + TINY).log()
    return (joint * ((joint + TINY).log() - balance * (marginal + marginal.t()))).sum()


def cluster_means(scores, members, of):
    """For each row of `of` (one-hot) the mean score of its cluster's `members`; of all where the cluster has none."""
    counts = members.sum(0)
    absent = 1 - counts.clamp(max=1)
    means = (scores @ members + absent * scores.mean()) / (counts + absent)
    return of @ means


def crasgan(real, paired, prior, clusters, prior_clusters):
    """Losses of D and of G. Paired fakes have the clusters of the real pictures they are paired with."""
    real_lead = real - cluster_means(paired, clusters, clusters)
    fake_lead = prior - cluster_means(real, clusters, prior_clusters)
    critic = F.softplus(-real_lead).mean() + F.softplus(fake_lead).mean()
    players = F.softplus(-fake_lead).mean() + F.softplus(real_lead).mean()
    return critic, players


class Recipe:
    """Weights, running statistics, Adam's moments and moving averages of one training."""

    def __init__(self, settings, arrays):
        self.settings, self.plan = settings, settings["plan"]
        if (settings["loss"], settings["pairing"]) != ("crasgan", "soft"):
            raise ValueError(f"only crasgan with soft pairing, not {settings['loss']} with {settings['pairing']}")
        self.layout = Layout(settings["layout"] == "channels_last", settings.get("device", "cpu"))
        self.p = {k: self.layout.weight(k, w, self.plan) for k, w in arrays.items()}
        # Relativistic losses see differences of scores: D's last bias has no gradient, and stands still in mmgan too.
        self.trained = {
            part: [
                k
                for k in self.p
                if part_of(k) == part and k != "critic/out/bias" and not k.endswith(("/mean", "/variance"))
            ]
            for part in PARTS
        }
        for names in self.trained.values():
            for k in names:
                self.p[k].requires_grad_()
        self.average = {k: w.detach().clone() for k, w in self.p.items() if part_of(k) in AVERAGED}
        self.adam = torch.optim.Adam(
            [{"params": [self.p[k] for k in self.trained[part]]} for part in PARTS],
            betas=(settings["beta1"], settings["beta2"]),
            eps=1e-8,
            fused=True,
        )

    def images(self, array):
        """[n, h, w, c] of numpy's as this layout's pictures; channels_last is a view."""
        maps = torch.from_numpy(array).to(self.layout.device).permute(0, 3, 1, 2)
        return maps.contiguous(memory_format=self.layout.format)

    def encode(self, x, mode=None):
        return inward("encoder", self.plan, self.layout, self.p, x, mode)[1]

    def score(self, x):
        return inward("critic", self.plan, self.layout, self.p, x)[1].squeeze(1)

    def step(self, kind, batch, rates):
        """One step. `rates` are Adam's learning rates by part. Says the losses by mmgan's names, as tensors."""
        parts = PARTS if kind["gan"] else ["encoder"]
        found, gradients = self.gradients(kind, batch)
        for k, gradient in gradients.items():
            # Fused Adam runs through memory: gradients of R1 do not always lie as their weights do.
            same = gradient.stride() == self.p[k].stride()
            self.p[k].grad = gradient if same else torch.empty_like(self.p[k]).copy_(gradient)
        for part, group in zip(PARTS, self.adam.param_groups):
            group["lr"] = rates.get(part, 0)
        self.adam.step()
        self.adam.zero_grad(set_to_none=True)
        with torch.no_grad():
            if kind["gan"]:
                self.p["mixture/sigmas"].clamp_(min=SIGMA_FLOOR)
            names = [k for k in self.average if part_of(k) in parts]
            torch._foreach_lerp_(
                [self.average[k] for k in names], [self.p[k] for k in names], 1 - self.settings["ema"]
            )
        return {name: value.detach() for name, value in found.items()}  # lets go of the graphs

    def gradients(self, kind, batch):
        """The losses of a kind of step, and the gradients of the weights that it trains, by name."""
        return self.gan(kind, batch) if kind["gan"] else self.alone(batch)

    def alone(self, batch):
        """E alone: the information term."""
        information = self.information(F.softmax(self.encode(batch["real"], "update"), 1), batch)
        names = self.trained["encoder"]
        gradients = torch.autograd.grad(-self.settings["information"] * information, [self.p[k] for k in names])
        return {"information": information}, dict(zip(names, gradients))

    def information(self, probabilities, batch):
        other = F.softmax(self.encode(batch["augmented"]), 1)
        return view_information(probabilities, other, self.settings["balance"])

    def gan(self, kind, batch):
        """Algorithm 1 with cRaSGAN and soft pairing, and the lazy terms of this step."""
        s, p, labels = self.settings, self.p, batch["priorLabels"]
        m = labels.shape[0]
        probabilities = F.softmax(self.encode(batch["real"], "update"), 1)
        y = probabilities[:m]
        weights = torch.cat([y, labels])
        noise = torch.cat([batch["pairNoise"], batch["priorNoise"]])
        latents = weights @ p["mixture/means"] + (weights @ p["mixture/sigmas"]) * noise
        fakes = generator(self.plan, self.layout, p, latents, "update")
        # As F.one_hot, which reads its argument's values and so cannot be compiled.
        clusters = torch.zeros_like(y.detach()).scatter_(1, y.detach().argmax(1, keepdim=True), 1)
        real = batch["real"][:m]
        if kind["r1"]:
            real = real.detach().requires_grad_()
        # Real pictures apart: no player's gradient passes them.
        scores = self.score(real)
        paired, prior = self.score(fakes).chunk(2)
        critic, adversarial = crasgan(scores, paired, prior, clusters, labels)
        found = {"critic": critic, "generator": adversarial}
        critic_loss = critic
        if kind["r1"]:
            (slope,) = torch.autograd.grad(scores.sum(), real, create_graph=True)
            found["r1"] = slope.square().sum() / (2 * m)
            critic_loss = critic + s["r1"] * s["r1Every"] * found["r1"]
        # Fakes pass E with their own statistics and leave the running ones alone.
        found["crossEntropy"] = -(labels * F.log_softmax(self.encode(fakes[m:]), 1)).sum(1).mean()
        players = adversarial + s["alpha"] * found["crossEntropy"]
        if kind["information"]:
            found["information"] = self.information(probabilities, batch)
            players = players - s["information"] * found["information"]
        critic_names = self.trained["critic"]
        names = [k for part in AVERAGED for k in self.trained[part]]
        d = torch.autograd.grad(critic_loss, [p[k] for k in critic_names], retain_graph=True)
        g = torch.autograd.grad(players, [p[k] for k in names])
        return found, dict(zip([*critic_names, *names], [*d, *g]))

    def state(self):
        """The whole state under mmgan's names and in its layout: arrays by name."""
        plain = lambda name, tensor: self.layout.plain(name, tensor, self.plan)
        arrays = {k: plain(k, w) for k, w in self.p.items()}
        arrays.update({f"ema/{k}": plain(k, w) for k, w in self.average.items()})
        for names in self.trained.values():
            for k in names:
                kept = self.adam.state.get(self.p[k], {})
                for short, long in (("m", "exp_avg"), ("v", "exp_avg_sq")):
                    arrays[f"adam/{short}/{k}"] = plain(k, kept.get(long, torch.zeros_like(self.p[k])))
        return arrays

    def load(self, arrays, adam_steps):
        """Replaces entries of the state; the weights whose moments come along have taken `adam_steps` steps."""
        own = lambda name, array: self.layout.weight(name, array, self.plan)
        with torch.no_grad():
            for name, array in arrays.items():
                if name.startswith("ema/"):
                    self.average[name[4:]].copy_(own(name[4:], array))
                elif not name.startswith("adam/"):
                    self.p[name].copy_(own(name, array))
        for k in [k for names in self.trained.values() for k in names if f"adam/m/{k}" in arrays]:
            kept = self.adam.state[self.p[k]]
            kept["step"] = torch.tensor(float(adam_steps), device=self.layout.device)
            for short, long in (("m", "exp_avg"), ("v", "exp_avg_sq")):
                kept[long] = own(k, arrays[f"adam/{short}/{k}"]).clone(memory_format=torch.preserve_format)
