// SPDX-License-Identifier: Apache-2.0
// Drawn digits to learn from besides MNIST: a pool of them, some of which are new every epoch.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "libdigit/status.h"
#include "trainer/dataset.h"
#include "trainer/draw_framed.h"
#include "trainer/team.h"

namespace digit {

struct DrawnSettings {
    int pictures = 0;    // digits, an epoch; 0: none
    int others = 0;      // pictures of no digit besides
    float fresh = 0.1f;  // part of both that is drawn anew for every epoch, the longest used first
    float font_share = 0.5f;  // of the digits are printed, the others written by pens
    float augment = 0.5f;  // part of the amounts of augmentation: they differ a lot by themselves

    int total() const { return pictures + others; }
};

class DrawnPool {
  public:
    // fonts: folders to look into; none: where Debian's packages put them.
    // Errors: kIo, if printed digits are wanted and there are no fonts.
    static Result<DrawnPool> make(const DrawnSettings& settings, std::uint64_t seed,
                                  const std::vector<std::string>& fonts);

    // Draws what the epoch needs. What the pool then holds depends on settings, seed, fonts and
    // epoch alone.
    void prepare(int epoch, Team& team);
    // The digits first; the label of the others is kNoDigit.
    const Dataset& pictures() const { return pictures_; }
    // Which picture lies at each place, of all that may be drawn; never two of one number.
    std::span<const std::uint64_t> serials() const { return serials_; }

    // Digits, or others, of the same kind that no epoch has.
    Dataset held_out_digits(int count, Team& team) const;
    Dataset held_out_others(int count, Team& team) const;

    // Of the fonts; empty without.
    std::string fingerprint() const { return fonts_ ? fonts_->fingerprint() : ""; }

  private:
    DrawnPool(const DrawnSettings& settings, std::uint64_t seed, Rasteriser rasteriser,
              std::optional<FontSet> fonts);

    // Draws pictures [first, first + count) of an endless row, of digits or of others, to
    // into[slot, slot + count).
    void draw(bool digits, std::uint64_t first, int count, int slot, Dataset& into,
              Team& team) const;
    // One of the two rings: `size` slots from `slot` on.
    void prepare_ring(bool digits, int epoch, int slot, int size, Team& team);

    DrawnSettings settings_;
    std::uint64_t seed_;
    Rasteriser rasteriser_;
    std::optional<FontSet> fonts_;
    Dataset pictures_;
    std::vector<std::uint64_t> serials_;
    int epoch_ = -1;  // that it was prepared for last
};

}  // namespace digit
