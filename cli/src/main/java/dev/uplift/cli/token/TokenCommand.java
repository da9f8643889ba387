package dev.uplift.cli.token;

import dev.uplift.api.registry.RegistryAddress;
import dev.uplift.api.token.Scope;
import dev.uplift.api.token.TokenInfo;
import dev.uplift.api.token.Tokens;
import dev.uplift.cli.console.CommandFailure;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Tokens, straight in the registry: the first one has to come from somewhere. */
@Command(
    name = "token",
    sortOptions = false,
    header = "Makes, lists and revokes the tokens that the API accepts.")
public final class TokenCommand {
  @Spec private CommandSpec command;

  @Command(
      name = "create",
      sortOptions = false,
      description = "Makes a token and prints it. It cannot be shown again.")
  int create(
      @Parameters(paramLabel = "NAME", description = "Who it is for; shown in the audit log.")
          String name,
      @Option(
              names = "--scope",
              paramLabel = "SCOPE",
              split = ",",
              defaultValue = "upgrade",
              description = "read, upgrade (the default) or admin; each includes those before it.")
          Set<String> scopes,
      @Option(
              names = "--expires",
              paramLabel = "TIME",
              defaultValue = "90d",
              converter = LifetimeConverter.class,
              description = "For how long it is valid, like 12h or 30d (default: 90d).")
          Duration validFor,
      @Mixin RegistryOptions registry) {
    try {
      Set<Scope> allowed = scopes.stream().map(Scope::of).collect(Collectors.toSet());
      boolean isNew = !isThere(registry.address());
      String token = Tokens.create(registry.address(), name, EnumSet.copyOf(allowed), validFor);
      command.commandLine().getOut().println(token);
      if (isNew) {
        command
            .commandLine()
            .getErr()
            .println("uplift: there was no registry " + registry.address() + "; it was made");
      }
      return 0;
    } catch (IllegalArgumentException refused) {
      throw new CommandFailure(refused.getMessage(), refused);
    }
  }

  @Command(name = "list", description = "Lists the tokens, without their secrets.")
  int list(@Mixin RegistryOptions registry) {
    PrintWriter out = command.commandLine().getOut();
    for (TokenInfo token : Tokens.list(existing(registry))) {
      String scopes = token.scopes().stream().map(Scope::toString).collect(Collectors.joining(","));
      out.printf("%-24s %-8s expires %s%n", token.name(), scopes, token.expiresAt());
    }
    return 0;
  }

  @Command(name = "revoke", description = "Makes a token useless at once.")
  int revoke(
      @Parameters(paramLabel = "NAME", description = "The token's name.") String name,
      @Mixin RegistryOptions registry) {
    if (!Tokens.revoke(existing(registry), name)) {
      throw new CommandFailure("there is no token named '" + name + "' in " + registry.address());
    }
    return 0;
  }

  private static RegistryAddress existing(RegistryOptions registry) {
    RegistryAddress address = registry.address();
    if (!isThere(address)) {
      throw new CommandFailure("there is no registry " + address + ": give it with --registry");
    }
    return address;
  }

  private static boolean isThere(RegistryAddress address) {
    return address.isPostgresql() || Files.exists(Path.of(address.database()));
  }
}
