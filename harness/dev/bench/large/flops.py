"""What a model's training costs, and what a device could do."""

from __future__ import annotations

import time

import timm
import torch
from timm.layers import set_fused_attn, use_fused_attn
from torch.utils.flop_counter import FlopCounterMode

DENSE_16_BIT = {
    "H100 PCIe": 756e12,
    "H100 NVL": 835e12,
    "H100": 989e12,
    "H200 NVL": 835e12,
    "H200": 989e12,
}
"""Operations a second of the tensor cores in bfloat16 or float16, the first name that a device's holds. Half of what
NVIDIA's data sheets of H100 and H200 tell, which count sparse matrices."""

SIDES = {"cuda": 8192, "cpu": 768}
"""Of the square matrices that a peak is measured with; on a CPU short products, as others may interrupt a long one."""

MEASURED_S = 2.0


def training_flops(architecture: str, size: int) -> float:
    """Operations of one image's forward and backward pass, a multiplication and an addition being two.

    Three times the forward pass, as usual (Kaplan et al. 2020, "Scaling laws for neural language models"): torch counts
    a grouped convolution's backward pass as if it had one group. The forward pass is counted by torch's formulas for
    products and convolutions on a model without memory; attention is spelt out as products.
    """
    fused = use_fused_attn()
    set_fused_attn(False)
    try:
        with torch.device("meta"):
            model, image = timm.create_model(architecture), torch.zeros(1, 3, size, size)
    finally:
        set_fused_attn(bool(fused))
    counter = FlopCounterMode(display=False)
    with counter, torch.no_grad():
        model(image)
    return 3.0 * counter.get_total_flops()


def peak_flops(device: torch.device, precision: str) -> tuple[float, str]:
    """Operations a second that the device can do at most, and where that is from.

    By its data sheet where it is in the table; elsewhere what the fastest of some products of square matrices reached.
    """
    if device.type == "cuda" and precision != "float32":
        name = torch.cuda.get_device_name(device)
        for known, peak in DENSE_16_BIT.items():
            if known in name:
                return peak, f"data sheet of {known}"
    side = SIDES.get(device.type, SIDES["cpu"])
    dtype = getattr(torch, precision)
    one, other = (torch.randn(side, side, device=device).to(dtype) for _ in range(2))
    fastest = float("inf")
    until = time.perf_counter() + MEASURED_S
    while time.perf_counter() < until:
        started = time.perf_counter()
        (one @ other)[0, 0].item()  # waits for the device
        fastest = min(fastest, time.perf_counter() - started)
    return 2 * side**3 / fastest, f"measured: products of matrices of side {side} in {precision}"
