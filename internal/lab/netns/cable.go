package netns

import (
	"fmt"
	"net"
)

// Cable is a link between two namespaces, each of which reaches the other's address by it and nothing beyond.
type Cable struct{ a, b *Space }

// Connect lays a cable between two namespaces: a pair of virtual interfaces (veth(4)), each named after the namespace at its other end.
func Connect(a, b *Space) (*Cable, error) {
	c := &Cable{a: a, b: b}
	err := a.Do(func() error {
		if err := addPair(towards(b), towards(a), int(b.file.Fd())); err != nil {
			return err
		}
		return plug(a, b)
	})
	if err == nil {
		err = c.Mend()
	}
	if err != nil {
		return nil, fmt.Errorf("cable from %s to %s: %w", a.Name, b.Name, err)
	}
	return c, nil
}

// Cut takes the cable away, at the end of the second namespace: there the way is gone, while the first goes on sending into a line that carries
// nothing. So one side gets errors and the other silence; neither is told of the end of a connection.
func (c *Cable) Cut() error {
	return c.b.Do(func() error { return setUp(towards(c.a), false) })
}

// Mend makes it a link again.
func (c *Cable) Mend() error {
	return c.b.Do(func() error { return plug(c.b, c.a) })
}

// towards is the name of the interface that leads to a namespace.
func towards(s *Space) string { return "to-" + s.Name }

// plug brings up, within a namespace, the interface towards another, and sends there what is for its address: a way ends with its interface.
func plug(from, to *Space) error {
	if err := setUp(towards(to), true); err != nil {
		return err
	}
	i, err := net.InterfaceByName(towards(to))
	if err != nil {
		return err
	}
	return addRoute(i.Index, to.Address, from.Address)
}
