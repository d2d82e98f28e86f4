package main

import "context"

func status(ctx context.Context, c call) error { return nil }
func load(ctx context.Context, c call) error   { return nil }
func fault(ctx context.Context, c call) error  { return nil }
func down(ctx context.Context, c call) error   { return nil }
