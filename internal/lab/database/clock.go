package database

import (
	"time"

	"github.com/voipbin/observability/internal/rto"
)

// instant is the laboratory's clock.
func instant() rto.Instant { return rto.InstantOf(time.Now()) }
