"""Measurements that several findings share."""
