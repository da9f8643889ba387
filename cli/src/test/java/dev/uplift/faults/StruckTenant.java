package dev.uplift.faults;

import dev.uplift.sandbox.SandboxTenant;
import java.net.URI;

/** A tenant that can be made again what it was, cheaper than another one. */
interface StruckTenant {
  SandboxTenant tenant();

  /** Where its users reach it. */
  default URI api() {
    return tenant().api();
  }

  /** Makes the tenant what it was before its first upgrade; returns when it serves. */
  void putBack() throws Exception;
}
