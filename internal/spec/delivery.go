package spec

import (
	"time"

	"github.com/voipbin/observability/internal/diag"
)

// Delivery is spec/delivery.yaml: how changes come to the platform, and what the platform may cost. It is empty where the
// folder has no such file.
type Delivery struct {
	Pipeline Pipeline
	Rollout  Rollout
	Cost     Cost
	Pos      diag.Position
}

// Described tells whether the spec says anything of delivery.
func (d Delivery) Described() bool { return len(d.Pipeline.Steps) > 0 || d.Rollout.Pos.Line > 0 }

// Pipeline is what a change goes through before it is deployed.
type Pipeline struct {
	Name  string
	Steps []PipelineStep
	// BrokenFor is how long the main branch may stay broken.
	BrokenFor time.Duration
	Pos       diag.Position
}

// PipelineStep is one step of the pipeline.
type PipelineStep struct {
	Name     string
	MainOnly bool // whether it runs on the main branch alone
	Pos      diag.Position
}

// Rollout is what is promised while a new version replaces the old one.
type Rollout struct {
	MaxSurge       int // pods beyond the wanted number
	MaxUnavailable int // pods that may be away of the wanted number
	MinReady       int // pods that are ready at every moment, as the page promises in words
	// Within is how long a rollout may take, and StuckAfter when it is taken to be stuck.
	Within, StuckAfter time.Duration
	Pos                diag.Position
}

// Cost is what keeps the platform cheap.
type Cost struct {
	Commitments []Commitment
	Preemptible []Preemptible
	// FailedDeploys is the share of a day's deployments, as a ratio, of which more must not fail.
	FailedDeploys float64
	RightSizing   RightSizing
	OffPeak       OffPeak
	Pos           diag.Position
}

// Commitment is a discount for the promise to pay for a resource for years.
type Commitment struct {
	Name     string // of the resource
	Title    string
	Term     time.Duration
	Discount float64 // ratio
	Pos      diag.Position
}

// Preemptible is work on machines that the provider may take away at any time.
type Preemptible struct {
	Name    string
	Title   string
	Savings float64 // ratio; 0 is not stated
	Pos     diag.Position
}

// RightSizing is how often sizes are reviewed, and from where on something is too large or too small.
type RightSizing struct {
	Every    time.Duration
	TooLarge float64       // busy-hour use of what is requested, as a ratio, below which it should be smaller
	TooSmall float64       // likewise, above which it should be larger
	For      time.Duration // how long there must be something to change
	Pos      diag.Position
}

// OffPeak is the time of day in which replicas should be few, in UTC.
type OffPeak struct {
	FromHour, ToHour int           // 0 to 23; it may go past midnight
	Idle             float64       // CPU of what is requested, as a ratio, below which more than the minimum of replicas is waste
	For              time.Duration // how long it must be so, less than the shortest night
	Pos              diag.Position
}
