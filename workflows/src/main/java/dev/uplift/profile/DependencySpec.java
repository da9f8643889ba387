package dev.uplift.profile;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.List;

/** One set of installed dependencies that a release needs. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
  @JsonSubTypes.Type(value = DependencySpec.Python.class, name = "python"),
  @JsonSubTypes.Type(value = DependencySpec.Command.class, name = "command")
})
public sealed interface DependencySpec {

  /** A virtual environment at {@code venv}, filled from a requirements file. */
  record Python(String requirements, String venv) implements DependencySpec {
    public Python {
      requirements = RelativePath.require("requirements", requirements);
      venv = RelativePath.require("venv", venv == null ? "venv" : venv);
    }
  }

  /** Whatever {@code run} leaves at the paths {@code produces}. */
  record Command(List<String> run, List<String> produces) implements DependencySpec {
    public Command {
      run = Migrations.requireCommand("run", run);
      if (produces == null || produces.isEmpty()) {
        throw new IllegalArgumentException("produces: name what the command makes");
      }
      produces = List.copyOf(produces);
      produces.forEach(path -> RelativePath.require("produces", path));
    }
  }
}
