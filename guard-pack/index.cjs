require("../dist/policy/guard.js").createGuardPack();
