package dev.uplift.api.audit;

record AuditEntry(long seq, String at, String who, String action, String object, String reason) {}
