package panel

// Unit is the id of a Grafana value format.
type Unit string

// The units in use, with what Grafana prints (getValueFormats of @grafana/data 12.4).
const (
	UnitNone     Unit = "none"        // 1234
	UnitShort    Unit = "short"       // 1.23 K
	UnitPercent  Unit = "percentunit" // 0.5 as 50%
	UnitSeconds  Unit = "s"           // 90 as 1.50 mins
	UnitBytes    Unit = "bytes"       // 1024 as 1 KiB
	UnitBytesSec Unit = "binBps"      // 1024 as 1 KiB/s
	UnitPerSec   Unit = "cps"         // counts per second, c/s
)
