package lab

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"
)

// localServer is a small HTTP server of the laboratory itself.
type localServer struct {
	server *http.Server
	done   chan struct{}
}

// serveLocal serves on a listener until close.
func serveLocal(l net.Listener, h http.Handler) localServer {
	s := localServer{server: &http.Server{Handler: h, ReadHeaderTimeout: askWithin}, done: make(chan struct{})}
	go func() {
		defer close(s.done)
		_ = s.server.Serve(l) // ends by close
	}()
	return s
}

// close lets requests end for a second.
func (s localServer) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	err := s.server.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = s.server.Close()
	}
	<-s.done
	return err
}
