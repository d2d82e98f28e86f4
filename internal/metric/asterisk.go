package metric

// AsteriskExporter is this project's exporter for Asterisk.
var AsteriskExporter = &Emitter{Name: "asterisk_exporter", Ours: true}

// AsteriskKit is what asterisk_exporter says about itself and its target.
var AsteriskKit = newKit("asterisk", AsteriskExporter)

// The labels that several Asterisk families share.
var (
	asteriskTechnology = Label{Name: "technology", Help: "Channel driver, for example PJSIP or Local.", Bound: "channel drivers loaded"}
	asteriskQueue      = Label{Name: "queue", Help: "Name of the queue.", Bound: "queues configured, up to the collector's limit"}
	asteriskBridgeTech = Label{Name: "technology", Help: "How the bridge mixes, for example simple_bridge, native_rtp or softmix.", Bound: "bridge technologies loaded"}
	asteriskGroup      = Label{Name: "group", Help: "Name of the task processors without the number that makes each unique, for example pjsip/distributor.", Bound: "kinds of task processors, about 40"}
	asteriskApp        = Label{Name: "application", Help: "Name of the Stasis application.", Bound: "applications registered or asked for"}
)

// asteriskGauge shortens the tables below: a gauge of one collector, from an AMI action.
func asteriskGauge(name, collector, source, help string, unit Unit, labels ...Label) *Family {
	return &Family{
		Name: name, Type: Gauge, Unit: unit, Help: help, Labels: labels,
		Emitter: AsteriskExporter, Collector: collector, Source: source,
	}
}

// asteriskCounter shortens the tables below: a counter of one collector.
func asteriskCounter(name, collector, source, help string, unit Unit, labels ...Label) *Family {
	return &Family{
		Name: name, Type: Counter, Unit: unit, Help: help, Labels: labels,
		Emitter: AsteriskExporter, Collector: collector, Source: source,
	}
}

// asteriskSince marks a family that older versions do not have: 16.28 was seen without, and the version named is the first that was
// seen with it.
func asteriskSince(version string, f *Family) *Family {
	f.Since = version
	return f
}

// AsteriskMemberStates lists the states of queue members (include/asterisk/devicestate.h).
func AsteriskMemberStates() []string {
	return []string{"unknown", "not_in_use", "in_use", "busy", "invalid", "unavailable", "ringing", "ring_in_use", "on_hold"}
}

// The families of asterisk_exporter about the process, its channels and what it mixes.
var (
	AsteriskFullyBooted = asteriskGauge("asterisk_fully_booted", "core", "AMI event FullyBooted",
		"Whether Asterisk has loaded its modules (1) or is still doing so (0); meanwhile all collectors but core fail. Absent where the manager user may not read class system.", None)
	AsteriskPing = asteriskGauge("asterisk_ping_seconds", "core", "AMI Ping",
		"How long Asterisk took to answer a ping in this scrape, the way there and back included.", Seconds)
	AsteriskBuildInfo = asteriskGauge("asterisk_build_info", "core", "AMI CoreSettings",
		"Version of the running Asterisk and of its manager interface; the value is always 1.", None,
		Label{Name: "version", Help: "For example 22.10.1.", Bound: "one at a time"},
		Label{Name: "ami_version", Help: "For example 11.0.0.", Bound: "one at a time"})
	AsteriskStartTime = asteriskGauge("asterisk_start_time_seconds", "core", "AMI event FullyBooted, Uptime",
		"When Asterisk started, as seconds since 1970, to within a second. Absent where the manager user may not read class system.", Seconds)
	AsteriskReloadTime = asteriskGauge("asterisk_last_reload_timestamp_seconds", "core", "AMI event FullyBooted and CoreStatus",
		"When Asterisk was last reloaded as a whole, as seconds since 1970; the start if it never was. Reloads of single modules do not count. Wrong by an hour across a change to or from summer time, since Asterisk tells local times.", Seconds)
	AsteriskActiveChannels = asteriskGauge("asterisk_active_channels", "core", "AMI CoreStatus, CoreCurrentCalls",
		"Channels that exist; Asterisk's own word for them here is calls.", None)
	AsteriskCallsProcessed = asteriskSince("22", asteriskCounter("asterisk_calls_processed_total", "core", "AMI CoreStatus, CoreProcessedCalls",
		"Channels that have begun to run the dialplan since Asterisk started, as Asterisk counts them.", None))
	AsteriskCallsLimit = asteriskGauge("asterisk_calls_limit", "core", "AMI CoreSettings, CoreMaxCalls",
		"Most calls that Asterisk accepts (maxcalls). Absent without a limit.", None)
	AsteriskLoadLimit = asteriskGauge("asterisk_load_limit", "core", "AMI CoreSettings, CoreMaxLoadAvg",
		"Load average over a minute above which Asterisk refuses calls (maxload). Absent without a limit.", None)
	AsteriskFilesLimit = asteriskGauge("asterisk_open_files_limit", "core", "AMI CoreSettings, CoreMaxFilehandles",
		"File descriptors that Asterisk lets itself have open (maxfiles). Absent where it is not set.", None)

	AsteriskChannels = asteriskGauge("asterisk_channels", "channels", "AMI CoreShowChannels",
		"Channels by technology and state; combinations without a channel have no series.", None, asteriskTechnology,
		Label{Name: "state", Help: "For example Up, Ring (an incoming call that is not answered), Ringing or Down.", Bound: "channel states of Asterisk, 10"})
	AsteriskChannelApplications = asteriskGauge("asterisk_application_channels", "channels", "AMI CoreShowChannels",
		"Channels by the dialplan application that they run; channels that run none are left out.", None,
		Label{Name: "application", Help: "For example Dial, Queue or Stasis.", Bound: "dialplan applications in use"})
	AsteriskActiveCalls = asteriskGauge("asterisk_active_calls", "channels", "AMI CoreShowChannels, Linkedid",
		"Calls, a call being all channels that Asterisk has linked with each other.", None)
	AsteriskChannelOldest = asteriskGauge("asterisk_channel_oldest_seconds", "channels", "AMI CoreShowChannels, Duration",
		"Age of the oldest channel of a technology: one that grows without end is stuck.", Seconds, asteriskTechnology)

	AsteriskBridges = asteriskGauge("asterisk_bridges", "bridges", "AMI BridgeList",
		"Bridges by technology.", None, asteriskBridgeTech)
	AsteriskBridgeChannels = asteriskGauge("asterisk_bridge_channels", "bridges", "AMI BridgeList",
		"Channels in bridges by the bridges' technology.", None, asteriskBridgeTech)
	AsteriskConferences = asteriskGauge("asterisk_conferences", "conferences", "AMI ConfbridgeListRooms",
		"ConfBridge conferences.", None)
	AsteriskConferenceParties = asteriskGauge("asterisk_conference_participants", "conferences", "AMI ConfbridgeListRooms, Parties",
		"Participants of all ConfBridge conferences together.", None)
	AsteriskConferenceMarked = asteriskGauge("asterisk_conference_marked_participants", "conferences", "AMI ConfbridgeListRooms, Marked",
		"Marked participants of all ConfBridge conferences together.", None)
	AsteriskConferencesLocked = asteriskGauge("asterisk_conferences_locked", "conferences", "AMI ConfbridgeListRooms, Locked",
		"ConfBridge conferences that nobody else can join.", None)
	AsteriskConferencesMuted = asteriskGauge("asterisk_conferences_muted", "conferences", "AMI ConfbridgeListRooms, Muted",
		"ConfBridge conferences that are muted as a whole.", None)
	AsteriskConferenceLargest = asteriskGauge("asterisk_conference_largest_participants", "conferences", "AMI ConfbridgeListRooms, Parties",
		"Participants of the largest ConfBridge conference.", None)

	AsteriskParkedCalls = asteriskGauge("asterisk_parked_calls", "parking", "AMI Parkinglots and ParkedCalls",
		"Calls parked by parking lot.", None, Label{Name: "lot", Help: "Name of the parking lot.", Bound: "parking lots configured"})
	AsteriskMailboxes = asteriskGauge("asterisk_voicemail_mailboxes", "voicemail", "AMI VoicemailUsersList",
		"Mailboxes by context.", None, Label{Name: "context", Help: "Voicemail context.", Bound: "contexts configured"})
	AsteriskVoicemails = asteriskGauge("asterisk_voicemail_messages", "voicemail", "AMI VoicemailUsersList",
		"Messages in all mailboxes of a context.", None, Label{Name: "context", Help: "Voicemail context.", Bound: "contexts configured"},
		Label{Name: "state", Help: "Whether they were heard.", Values: []string{"new", "old"}})

	AsteriskModuleLoaded = asteriskGauge("asterisk_module_loaded", "modules", "AMI ModuleCheck",
		"Whether a module that was asked for is loaded (1) or not (0).", None,
		Label{Name: "module", Help: "Name of the module without .so.", Bound: "modules named by --asterisk.required-modules"})

	AsteriskTaskProcessors = asteriskGauge("asterisk_taskprocessors", "taskprocessors", "AMI Command core show taskprocessors",
		"Task processors by group.", None, asteriskGroup)
	AsteriskTaskQueue = asteriskGauge("asterisk_taskprocessor_queued_tasks", "taskprocessors", "AMI Command core show taskprocessors",
		"Tasks that wait in all task processors of a group.", None, asteriskGroup)
	AsteriskTaskQueueLargest = asteriskGauge("asterisk_taskprocessor_largest_queue_tasks", "taskprocessors", "AMI Command core show taskprocessors",
		"Tasks that wait in the fullest task processor of a group.", None, asteriskGroup)
	AsteriskTaskHighWater = asteriskGauge("asterisk_taskprocessor_high_water_tasks", "taskprocessors", "AMI Command core show taskprocessors",
		"Lowest high water mark in a group: above it PJSIP takes no new requests.", None, asteriskGroup)
	AsteriskTaskOverHighWater = asteriskGauge("asterisk_taskprocessors_over_high_water", "taskprocessors", "AMI Command core show taskprocessors",
		"Task processors of a group with more tasks than their high water mark.", None, asteriskGroup)
	AsteriskTaskDeepest = asteriskGauge("asterisk_taskprocessor_deepest_queue_tasks", "taskprocessors", "AMI Command core show taskprocessors",
		"Most tasks that ever waited in one of the task processors of a group that exist now.", None, asteriskGroup)

	AsteriskAppRegistered = asteriskGauge("asterisk_stasis_application_subscribed", "stasis", "ARI GET /applications",
		"Whether a program is connected as this Stasis application (1); 0 for one that was asked for and is not there.", None, asteriskApp)
	AsteriskAppChannels = asteriskGauge("asterisk_stasis_application_channels", "stasis", "ARI GET /applications, channel_ids",
		"Channels that the Stasis application gets events of.", None, asteriskApp)
	AsteriskAppBridges = asteriskGauge("asterisk_stasis_application_bridges", "stasis", "ARI GET /applications, bridge_ids",
		"Bridges that the Stasis application gets events of.", None, asteriskApp)
)

// The families of asterisk_exporter about queues, by question. Those by event are with the other events.
var (
	AsteriskQueueCallers = asteriskGauge("asterisk_queue_callers", "queues", "AMI QueueStatus, Calls",
		"Callers who wait in a queue.", None, asteriskQueue)
	AsteriskQueueLongestWait = asteriskGauge("asterisk_queue_longest_wait_seconds", "queues", "AMI QueueStatus, QueueEntry Wait",
		"How long the caller who has waited longest has waited, in seconds; 0 while nobody waits.", Seconds, asteriskQueue)
	AsteriskQueueMembers = asteriskGauge("asterisk_queue_members", "queues", "AMI QueueStatus, QueueMember Status",
		"Members of a queue by the state of their device, paused ones included.", None, asteriskQueue,
		Label{Name: "state", Help: "State of the member's device.", Values: AsteriskMemberStates()})
	AsteriskQueuePaused = asteriskGauge("asterisk_queue_paused_members", "queues", "AMI QueueStatus, QueueMember Paused",
		"Members of a queue who are paused.", None, asteriskQueue)
	AsteriskQueueAvailable = asteriskGauge("asterisk_queue_available_members", "queues", "AMI QueueStatus",
		"Members of a queue who are not in use and not paused. With wrap-up time one can be here who gets no call yet.", None, asteriskQueue)
	AsteriskQueueAttending = asteriskGauge("asterisk_queue_attending_members", "queues", "AMI QueueStatus, QueueMember Status and Paused",
		"Members of a queue who are not paused and whose device can be reached, free or in a call: they take calls now or later. A queue without members has 0.", None, asteriskQueue)
	AsteriskQueueHoldTime = asteriskGauge("asterisk_queue_hold_time_seconds", "queues", "AMI QueueStatus, Holdtime",
		"How long callers waited before an agent answered, as Asterisk's moving average over the last few, in seconds.", Seconds, asteriskQueue)
	AsteriskQueueTalkTime = asteriskGauge("asterisk_queue_talk_time_seconds", "queues", "AMI QueueStatus, TalkTime",
		"How long agents talked, as Asterisk's moving average over the last few, in seconds.", Seconds, asteriskQueue)
	AsteriskQueueCompleted = asteriskCounter("asterisk_queue_calls_completed_total", "queues", "AMI QueueStatus, Completed",
		"Calls of a queue that an agent answered and that have ended, since the queue was loaded or its statistics were reset.", None, asteriskQueue)
	AsteriskQueueAbandoned = asteriskCounter("asterisk_queue_calls_abandoned_total", "queues", "AMI QueueStatus, Abandoned",
		"Callers who hung up while they waited, since the queue was loaded or its statistics were reset.", None, asteriskQueue)
	AsteriskQueueServiceLevel = asteriskGauge("asterisk_queue_service_level_ratio", "queues", "AMI QueueStatus, ServicelevelPerf",
		"Share of answered calls that were answered within the queue's service level, 0 to 1, since its statistics began. Absent before the first.", Ratio, asteriskQueue)
	AsteriskQueueServiceTarget = asteriskGauge("asterisk_queue_service_level_target_seconds", "queues", "AMI QueueStatus, ServiceLevel",
		"Time within which a queue's calls are to be answered (servicelevel). Absent where it is not set.", Seconds, asteriskQueue)
)

// Asterisk returns the families of asterisk_exporter.
func Asterisk() []*Family {
	families := append(AsteriskKit.Families(),
		AsteriskFullyBooted, AsteriskPing, AsteriskBuildInfo, AsteriskStartTime, AsteriskReloadTime, AsteriskActiveChannels,
		AsteriskCallsProcessed, AsteriskCallsLimit, AsteriskLoadLimit, AsteriskFilesLimit,
		AsteriskChannels, AsteriskChannelApplications, AsteriskActiveCalls, AsteriskChannelOldest,
		AsteriskBridges, AsteriskBridgeChannels,
		AsteriskConferences, AsteriskConferenceParties, AsteriskConferenceMarked, AsteriskConferencesLocked, AsteriskConferencesMuted,
		AsteriskConferenceLargest,
		AsteriskParkedCalls, AsteriskMailboxes, AsteriskVoicemails, AsteriskModuleLoaded,
		AsteriskTaskProcessors, AsteriskTaskQueue, AsteriskTaskQueueLargest, AsteriskTaskHighWater, AsteriskTaskOverHighWater,
		AsteriskTaskDeepest,
		AsteriskAppRegistered, AsteriskAppChannels, AsteriskAppBridges,
		AsteriskQueueCallers, AsteriskQueueLongestWait, AsteriskQueueMembers, AsteriskQueuePaused, AsteriskQueueAvailable, AsteriskQueueAttending,
		AsteriskQueueHoldTime, AsteriskQueueTalkTime, AsteriskQueueCompleted, AsteriskQueueAbandoned, AsteriskQueueServiceLevel,
		AsteriskQueueServiceTarget,
	)
	return append(append(families, asteriskPJSIP()...), asteriskEvents()...)
}
