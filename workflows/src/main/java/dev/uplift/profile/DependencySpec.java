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

  /** Where in the checkout the application finds it. */
  List<String> targets();

  /** A virtual environment at {@code venv}, filled from a requirements file. */
  record Python(String requirements, String venv) implements DependencySpec {
    public Python {
      requirements = RelativePath.require("requirements", requirements);
      venv = RelativePath.require("venv", venv == null ? "venv" : venv);
    }

    @Override
    public List<String> targets() {
      return List.of(venv);
    }
  }

  /**
   * The directories {@code produces} that {@code run} makes in a copy of the release.
   *
   * @param inputs files and directories of the release that decide what is made: while they stay as
   *     they are, it is not made again; empty for the whole release
   */
  record Command(List<String> run, List<String> produces, List<String> inputs)
      implements DependencySpec {
    public Command {
      run = Migrations.requireCommand("run", run);
      if (produces == null || produces.isEmpty()) {
        throw new IllegalArgumentException("produces: name what the command makes");
      }
      produces = List.copyOf(produces);
      produces.forEach(path -> RelativePath.require("produces", path));
      inputs = inputs == null ? List.of() : List.copyOf(inputs);
      inputs.forEach(path -> RelativePath.require("inputs", path));
    }

    @Override
    public List<String> targets() {
      return produces;
    }
  }
}
