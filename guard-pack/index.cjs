require("../dist/policy/guard.js").guardPack();
