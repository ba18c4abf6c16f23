// SPDX-License-Identifier: Apache-2.0
// Labelled pictures in folders: DIR/7/*.png, as a user, or the server's feedback, puts them.
#pragma once

#include <string>
#include <vector>

#include "libdigit/status.h"
#include "trainer/dataset.h"
#include "trainer/team.h"

namespace digit {

struct PictureFolder {
    Dataset data;                      // framed as the server frames them
    std::vector<std::string> refused;  // "path: why", of files that show no digit
};

// True if `folder` has a folder named after a digit.
bool is_picture_folder(const std::string& folder);

// Reads every regular file of the ten folders, in the order of their names; hidden files are left
// out. Errors: kIo, if there is no picture that can be used.
Result<PictureFolder> read_picture_folder(const std::string& folder, Team& team);

}  // namespace digit
