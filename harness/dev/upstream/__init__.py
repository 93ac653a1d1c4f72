"""Makes the weights that the package carries: timm's tiny test models, pretrained on `data=made data.domain=source`.

It trains no comparison: a run of the harness never comes here.
"""
