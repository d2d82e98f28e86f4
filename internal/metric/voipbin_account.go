package metric

// The own metrics of the services about people, accounts and the API, but for those that every service has alike.
var (
	AgentManagerCacheOperation = serviceCounter(AgentManager, "agent_manager_cache_operation_total",
		"Reads and writes of the cache, by what was asked of it and how that ended.", svcOperation, svcEntity, svcResult)
	AgentManagerDBOperationDuration = serviceHistogram(AgentManager, "agent_manager_db_operation_duration", Milliseconds, milliseconds(),
		"How long a database operation took, in milliseconds.", svcOperation, svcEntity)
	AgentManagerDBOperation = serviceCounter(AgentManager, "agent_manager_db_operation_total",
		"Database operations by how they ended.", svcOperation, svcEntity, svcStatus)
	AgentManagerLogin = serviceCounter(AgentManager, "agent_manager_login_total",
		"Log-ins of agents by how they ended.", svcStatus)
	AgentManagerPasswordReset = serviceCounter(AgentManager, "agent_manager_password_reset_total",
		"Password resets by how they ended.", svcStatus)
	AgentManagerRPCCallDuration = serviceHistogram(AgentManager, "agent_manager_rpc_call_duration", Milliseconds, milliseconds(),
		"How long a call of another service took, in milliseconds.", svcService, svcMethod)
	AgentManagerRPCCall = serviceCounter(AgentManager, "agent_manager_rpc_call_total",
		"Calls of another service by how they ended.", svcService, svcMethod, svcStatus)
	APIManagerPubsubDroppedMessage = serviceCounter(APIManager, "api_manager_pubsub_dropped_message_total",
		"Messages to subscribers thrown away because they read too slowly.")
	APIManagerRateLimitAllowed = serviceCounter(APIManager, "api_manager_rate_limit_allowed_total",
		"Requests that the rate limit let pass.", svcTier)
	APIManagerRateLimitRejected = serviceCounter(APIManager, "api_manager_rate_limit_rejected_total",
		"Requests that the rate limit answered with 429.", svcTier)
	APIManagerDelegateTokenIssued = serviceCounter(APIManager, "auth_delegate_token_issued_total",
		"Delegated tokens issued. The name lacks the prefix of its service, api-manager.")
	BillingManagerAccountBalanceCheck = serviceCounter(BillingManager, "billing_manager_account_balance_check_total",
		"Checks of an account's balance by result; what is refused here becomes no call.", svcResult)
	BillingManagerAccountCreate = serviceCounter(BillingManager, "billing_manager_account_create_total",
		"Accounts made.")
	BillingManagerBillingCreate = serviceCounter(BillingManager, "billing_manager_billing_create_total",
		"Billings begun.", svcReference)
	BillingManagerBillingDuration = serviceHistogram(BillingManager, "billing_manager_billing_duration_seconds", Seconds, []float64{1, 5, 10, 30, 60, 300, 600, 1800, 3600},
		"Duration that was billed, in seconds.", svcReference)
	BillingManagerBillingEnd = serviceCounter(BillingManager, "billing_manager_billing_end_total",
		"Billings ended.", svcReference)
	BillingManagerFailedEventExhausted = serviceCounter(BillingManager, "billing_manager_failed_event_exhausted_total",
		"Events that failed at every attempt and are given up.", svcEventType)
	BillingManagerFailedEventRetry = serviceCounter(BillingManager, "billing_manager_failed_event_retry_total",
		"Repeated attempts at failed events by result.", svcResult)
	BillingManagerFailedEventSave = serviceCounter(BillingManager, "billing_manager_failed_event_save_total",
		"Events that failed and were stored for another attempt.", svcEventType, svcPublisher)
	ContactManagerCaseGetOrCreateDeadlockExhausted = serviceCounter(ContactManager, "contact_manager_case_getorcreate_deadlock_exhausted_total",
		"Contact cases given up after a deadlock in the database at every attempt.")
	ContactManagerCaseGetOrCreateDeadlockRetry = serviceCounter(ContactManager, "contact_manager_case_getorcreate_deadlock_retry_total",
		"Attempts at a contact case repeated after a deadlock in the database.")
	ContactManagerCaseGetOrCreatePeerLockTimeout = serviceCounter(ContactManager, "contact_manager_case_getorcreate_peer_lock_timeout_total",
		"Contact cases that waited too long for the lock of their peer.")
	ContactManagerCasePeerLockMapSize = serviceGauge(ContactManager, "contact_manager_case_peer_lock_map_size", None,
		"Locks of peers held in memory.")
	CustomerManagerCacheOperation = serviceCounter(CustomerManager, "customer_manager_cache_operation_total",
		"Reads and writes of the cache, by what was asked of it and how that ended.", svcOperation, svcEntity, svcResult)
	CustomerManagerDBOperationDuration = serviceHistogram(CustomerManager, "customer_manager_db_operation_duration", Milliseconds, milliseconds(),
		"How long a database operation took, in milliseconds.", svcOperation, svcEntity)
	CustomerManagerDBOperation = serviceCounter(CustomerManager, "customer_manager_db_operation_total",
		"Database operations by how they ended.", svcOperation, svcEntity, svcStatus)
	CustomerManagerEmailVerification = serviceCounter(CustomerManager, "customer_manager_email_verification_total",
		"Verifications of e-mail addresses by how they ended.", svcStatus)
	CustomerManagerRPCCallDuration = serviceHistogram(CustomerManager, "customer_manager_rpc_call_duration", Milliseconds, milliseconds(),
		"How long a call of another service took, in milliseconds.", svcService, svcMethod)
	CustomerManagerRPCCall = serviceCounter(CustomerManager, "customer_manager_rpc_call_total",
		"Calls of another service by how they ended.", svcService, svcMethod, svcStatus)
	CustomerManagerSignup = serviceCounter(CustomerManager, "customer_manager_signup_total",
		"Sign-ups of customers by how they ended.", svcSignup)
)

// voipbinAccount lists the families of this file.
func voipbinAccount() []*Family {
	return []*Family{
		AgentManagerCacheOperation, AgentManagerDBOperationDuration, AgentManagerDBOperation, AgentManagerLogin,
		AgentManagerPasswordReset, AgentManagerRPCCallDuration, AgentManagerRPCCall, APIManagerPubsubDroppedMessage,
		APIManagerRateLimitAllowed, APIManagerRateLimitRejected, APIManagerDelegateTokenIssued, BillingManagerAccountBalanceCheck,
		BillingManagerAccountCreate, BillingManagerBillingCreate, BillingManagerBillingDuration, BillingManagerBillingEnd,
		BillingManagerFailedEventExhausted, BillingManagerFailedEventRetry, BillingManagerFailedEventSave,
		ContactManagerCaseGetOrCreateDeadlockExhausted, ContactManagerCaseGetOrCreateDeadlockRetry,
		ContactManagerCaseGetOrCreatePeerLockTimeout, ContactManagerCasePeerLockMapSize, CustomerManagerCacheOperation,
		CustomerManagerDBOperationDuration, CustomerManagerDBOperation, CustomerManagerEmailVerification, CustomerManagerRPCCallDuration,
		CustomerManagerRPCCall, CustomerManagerSignup,
	}
}
