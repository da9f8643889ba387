package dev.uplift.code;

import dev.uplift.release.Tag;
import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.semver4j.Semver;

/** The order of releases: SemVer precedence of their tags. Tags that are not SemVer have none. */
public final class Precedence {
  private static final Pattern OFF_TAG = Pattern.compile("(.+)-[0-9]+-g[0-9a-f]{4,40}");

  private Precedence() {}

  /** The highest of {@code tags}, pre-releases left out. */
  static Optional<Tag> latest(Collection<Tag> tags) {
    return highest(
        tags.stream()
            .filter(
                tag -> version(tag).filter(found -> found.getPreRelease().isEmpty()).isPresent()));
  }

  /** The highest of {@code tags}, pre-releases among them. */
  static Optional<Tag> highest(Collection<Tag> tags) {
    return highest(tags.stream().filter(tag -> version(tag).isPresent()));
  }

  private static Optional<Tag> highest(Stream<Tag> tags) {
    // Of v1.0.0 and 1.0.0 it must be the same one every time.
    return tags.max(
        Comparator.comparing((Tag tag) -> version(tag).orElseThrow()).thenComparing(Tag::name));
  }

  /** Negative if {@code one} comes before {@code other}; empty if one of them is not SemVer. */
  public static Optional<Integer> compare(Tag one, Tag other) {
    return version(one).flatMap(a -> version(other).map(a::compareTo));
  }

  /** The tag that a description like {@code v0.2.0-3-g295fb7f} counts from. */
  public static Optional<Tag> base(String described) {
    Matcher offTag = OFF_TAG.matcher(described);
    String name = offTag.matches() ? offTag.group(1) : described;
    return Tag.isValid(name) ? Optional.of(new Tag(name)) : Optional.empty();
  }

  private static Optional<Semver> version(Tag tag) {
    String name = tag.name().startsWith("v") ? tag.name().substring(1) : tag.name();
    return Optional.ofNullable(Semver.parse(name));
  }
}
