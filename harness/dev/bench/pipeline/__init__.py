"""The pipeline's images a second and memory beside those of torchvision's ImageFolder and torch's DataLoader."""
