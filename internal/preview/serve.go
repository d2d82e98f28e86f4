package preview

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"
)

// headerTimeout is the time that a client has for its request's header.
const headerTimeout = 10 * time.Second

// Serve serves a handler while it is used: use gets the address, http://host:port, and a context that ends when the server does. The error is that
// of use, or why the server ended before.
func Serve(ctx context.Context, listener net.Listener, handler http.Handler, use func(ctx context.Context, address string) error) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	s := &http.Server{Handler: handler, ReadHeaderTimeout: headerTimeout}
	served := make(chan error, 1)
	go func() {
		err := s.Serve(listener)
		stop(err)
		served <- err
	}()
	err := use(ctx, "http://"+listener.Addr().String())
	err = errors.Join(err, s.Close())
	if ended := <-served; !errors.Is(ended, http.ErrServerClosed) {
		err = errors.Join(err, ended)
	}
	return err
}
