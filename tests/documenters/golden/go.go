// Copyright 2024 The Authors.
// Use of this source code is governed by a BSD-style license.

//go:build linux && !cgo

// Package store keeps things
// in files.
//
// More of it.
package store

import (
	"context"
	"fmt"
	_ "embed"

	log "github.com/sirupsen/logrus"
	"golang.org/x/sync/errgroup"
	"internal/race"
)

// Version is what it says.
const Version = "1.0"

// Modes of opening.
const (
	ReadOnly Mode = iota // the default
	// ReadWrite allows both.
	ReadWrite
	a, B = 1, 2
)

var (
	// ErrGone says that it is gone.
	ErrGone = fmt.Errorf("gone")
	cache, Table map[string]int
)

var hook = func(name string) error { return nil }

// Store is a store.
type Store struct {
	// Root is its folder.
	Root string
	mu, once sync.Mutex
	io.Reader
}

type (
	// Opener opens.
	Opener interface {
		// Open does it.
		Open(ctx context.Context, name string) (*Store, error)
		fmt.Stringer
	}
	Mode   int
	Alias  = Store
	Walker func(path string) error
)

// Open opens
//	a store
// at root.
//
//go:noinline
func Open(root string, opts ...func(*Store)) (s *Store, err error) {
	local := func() {}
	local()
	return nil, nil
}

func Map[K comparable, V any](m map[K]V) []K { return nil }

// Close closes.
func (s *Store) Close() error { return nil }

func (Store) Name() string { return "" }

func (t *Tree[K, V]) Walk() {}

func assembly(x int) int
