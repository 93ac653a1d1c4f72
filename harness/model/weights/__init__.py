"""Where the pretrained backbone comes from: one variant a file. Loading itself is always timm's own route."""
