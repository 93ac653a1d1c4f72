"""A head fitted by a linear probe first."""

from __future__ import annotations

import torch
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from torch import Tensor

from harness.model.init import from_features

INVERSE_STRENGTH = 1e-2
"""scikit-learn's C: the sum of the losses weighs so much against half the squared norm of the weights. The power of ten
with the least mean validation loss over MobileNetV2 and ResNet-10-T on 600 flowers and chest X-rays."""

TOLERANCE, ITERATIONS = 1e-7, 1000


@from_features
def fitted(features: Tensor, labels: Tensor, classes: int) -> tuple[Tensor, Tensor]:
    """Multinomial logistic regression on standardised features, until it converges (LP-FT, Kumar et al. 2022).

    From features [N, features] and labels [N]. Ridge penalty on the weights, none on the bias; solved by L-BFGS in
    double precision and written back as a Linear on the features as they are.
    """
    scaler = StandardScaler()
    values = scaler.fit_transform(features.double().cpu().numpy())
    solver = LogisticRegression(C=INVERSE_STRENGTH, tol=TOLERANCE, max_iter=ITERATIONS)
    probe = solver.fit(values, labels.cpu().numpy())
    weight, bias = torch.from_numpy(probe.coef_), torch.from_numpy(probe.intercept_)
    if classes == 2:  # one row, the logit of the second class against the first
        weight, bias = torch.cat([-weight, weight]) / 2, torch.cat([-bias, bias]) / 2
    weight = weight / torch.from_numpy(scaler.scale_)
    return weight, bias - weight @ torch.from_numpy(scaler.mean_)
