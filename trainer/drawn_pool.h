// SPDX-License-Identifier: Apache-2.0
// Drawn digits to learn from besides MNIST: a pool of them, some of which are new every epoch.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "libdigit/status.h"
#include "trainer/dataset.h"
#include "trainer/draw_framed.h"
#include "trainer/team.h"

namespace digit {

struct DrawnSettings {
    int pictures = 0;         // an epoch; 0: none
    int fresh = 0;            // of them are drawn anew for every epoch, the longest used first
    float font_share = 0.5f;  // of them are printed, the others written by pens
    float augment = 0.5f;  // part of the amounts of augmentation: they differ a lot by themselves
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
    const Dataset& pictures() const { return pictures_; }

    // `count` pictures of the same kind that no epoch has.
    Dataset held_out(int count, Team& team) const;

    // Of the fonts; empty without.
    std::string fingerprint() const { return fonts_ ? fonts_->fingerprint() : ""; }

  private:
    DrawnPool(const DrawnSettings& settings, std::uint64_t seed, Rasteriser rasteriser,
              std::optional<FontSet> fonts);

    // Draws pictures [first, first + count) of the endless row into the slots from `slot` on.
    void draw(std::uint64_t first, int count, int slot, Dataset& into, Team& team) const;

    DrawnSettings settings_;
    std::uint64_t seed_;
    Rasteriser rasteriser_;
    std::optional<FontSet> fonts_;
    Dataset pictures_;
    int epoch_ = -1;  // that it was prepared for last
};

}  // namespace digit
