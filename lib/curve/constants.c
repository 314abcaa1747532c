/* constants.c - written by tool/curve_constants.py, which explains each. */
/* clang-format off */
#include "curve/constants.h"

#include "curve/g1.h"
#include "curve/g2.h"

#ifndef ATR_ENGINE_WASM30

const atr_g1_affine atr_g1_generator = {
    {{
        0x5cb38790fd530c16ULL, 0x7817fc679976fff5ULL, 0x154f95c7143ba1c1ULL,
        0xf0ae6acdf3d0e747ULL, 0xedce6ecc21dbf440ULL, 0x120177419e0bfb75ULL}},
    {{
        0xbaac93d50ce72271ULL, 0x8c22631a7918fd8eULL, 0xdd595f13570725ceULL,
        0x51ac582950405194ULL, 0x0e1c8c3fad0059c0ULL, 0x0bbc3efc5008a26aULL}}};

const atr_g2_affine atr_g2_generator = {
    {{{
        0xf5f28fa202940a10ULL, 0xb3f5fb2687b4961aULL, 0xa1a893b53e2ae580ULL,
        0x9894999d1a3caee9ULL, 0x6f67b7631863366bULL, 0x058191924350bcd7ULL}},
       {{
        0xa5a9c0759e23f606ULL, 0xaaa0c59dbccd60c3ULL, 0x3bb17e18e2867806ULL,
        0x1b1ab6cc8541b367ULL, 0xc2b6ed0ef2158547ULL, 0x11922a097360edf3ULL}}},
    {{{
        0x4c730af860494c4aULL, 0x597cfa1f5e369c5aULL, 0xe7e6856caa0a635aULL,
        0xbbefb5e96e0d495fULL, 0x07d3a975f0ef25a2ULL, 0x0083fd8e7e80dae5ULL}},
       {{
        0xadc0fc92df64b05dULL, 0x18aa270a2b1461dcULL, 0x86adac6a3be4eba0ULL,
        0x79495c4ec93da33aULL, 0xe7175850a43ccaedULL, 0x0b2bc2a163de1bf2ULL}}}};

const atr_gt atr_gt_generator = {{
    {{{{
        0x1972e433a01f85c5ULL, 0x97d32b76fd772538ULL, 0xc8ce546fc96bcdf9ULL,
        0xcef63e7366d40614ULL, 0xa611342781843780ULL, 0x13f3448a3fc6d825ULL}},
       {{
        0xd26331b02e9d6995ULL, 0x9d68a482f7797e7dULL, 0x9c9b29248d39ea92ULL,
        0xf4801ca2e13107aaULL, 0xa16c0732bdbcb066ULL, 0x083ca4afba360478ULL}}},
     {{{
        0x59e261db0916b641ULL, 0x2716b6f4b23e960dULL, 0xc8e55b10a0bd9c45ULL,
        0x0bdb0bd99c4deda8ULL, 0x8cf89ebf57fdaac5ULL, 0x12d6b7929e777a5eULL}},
       {{
        0x5fc85188b0e15f35ULL, 0x34a06e3a8f096365ULL, 0xdb3126a6e02ad62cULL,
        0xfc6f5aa97d9a990bULL, 0xa12f55f5eb89c210ULL, 0x1723703a926f8889ULL}}},
     {{{
        0x93588f2971828778ULL, 0x43f65b8611ab7585ULL, 0x3183aaf5ec279fdfULL,
        0xfa73d7e18ac99df6ULL, 0x64e176a6a64c99b0ULL, 0x179fa78c58388f1fULL}},
       {{
        0x672a0a11ca2aef12ULL, 0x0d11b9b52aa3f16bULL, 0xa44412d0699d056eULL,
        0xc01d0177221a5ba5ULL, 0x66e0cede6c735529ULL, 0x05f5a71e9fddc339ULL}}}},
    {{{{
        0xd30a88a1b062c679ULL, 0x5ac56a5d35fc8304ULL, 0xd0c834a6a81f290dULL,
        0xcd5430c2da3707c7ULL, 0xf0c27ff780500af0ULL, 0x09245da6e2d72eaeULL}},
       {{
        0x9f2e0676791b5156ULL, 0xe2d1c8234918fe13ULL, 0x4c9e459f3c561bf4ULL,
        0xa3e85e53b9d3e3c1ULL, 0x820a121e21a70020ULL, 0x15af618341c59accULL}}},
     {{{
        0x7c95658c24993ab1ULL, 0x73eb38721ca886b9ULL, 0x5256d749477434bcULL,
        0x8ba41902ea504a8bULL, 0x04a3d3f80c86ce6dULL, 0x18a64a87fb686eaaULL}},
       {{
        0xbb83e71bb920cf26ULL, 0x2a5277ac92a73945ULL, 0xfc0ee59f94f046a0ULL,
        0x7158cdf3786058f7ULL, 0x7cc1061b82f945f6ULL, 0x03f847aa9fdbe567ULL}}},
     {{{
        0x8078dba56134e657ULL, 0x1cd7ec9a43998a6eULL, 0xb1aa599a1a993766ULL,
        0xc9a0f62f0842ee44ULL, 0x8e159be3b605dffaULL, 0x0c86ba0d4af13fc2ULL}},
       {{
        0xe80ff2a06a52ffb1ULL, 0x7694ca48721a906cULL, 0x7583183e03b08514ULL,
        0xf567afdd40cee4e2ULL, 0x9a6d96d2e526a5fcULL, 0x197e9f49861f2242ULL}}}
    }}};

const atr_fp atr_fp_beta = {{
        0x30f1361b798a64e8ULL, 0xf3b8ddab7ece5a2aULL, 0x16a8ca3ac61577f7ULL,
        0xc26a2ff874fd029bULL, 0x3636b76660701c6eULL, 0x051ba4ab241b6160ULL}};

const atr_fp2 atr_fp2_psi_x = {{{
        0x0000000000000000ULL, 0x0000000000000000ULL, 0x0000000000000000ULL,
        0x0000000000000000ULL, 0x0000000000000000ULL, 0x0000000000000000ULL}},
       {{
        0x890dc9e4867545c3ULL, 0x2af322533285a5d5ULL, 0x50880866309b7e2cULL,
        0xa20d1b8c7e881024ULL, 0x14e4f04fe2db9068ULL, 0x14e56d3f1564853aULL}}};

const atr_fp2 atr_fp2_psi_y = {{{
        0x3e2f585da55c9ad1ULL, 0x4294213d86c18183ULL, 0x382844c88b623732ULL,
        0x92ad2afd19103e18ULL, 0x1d794e4fac7cf0b9ULL, 0x0bd592fc7d825ec8ULL}},
       {{
        0x7bcfa7a25aa30fdaULL, 0xdc17dec12a927e7cULL, 0x2f088dd86b4ebef1ULL,
        0xd1ca2087da74d4a7ULL, 0x2da2596696cebc1dULL, 0x0e2b7eedbbfd87d2ULL}}};

const atr_fp2 atr_fp2_frobenius[6] = {
    {{{
        0x760900000002fffdULL, 0xebf4000bc40c0002ULL, 0x5f48985753c758baULL,
        0x77ce585370525745ULL, 0x5c071a97a256ec6dULL, 0x15f65ec3fa80e493ULL}},
       {{
        0x0000000000000000ULL, 0x0000000000000000ULL, 0x0000000000000000ULL,
        0x0000000000000000ULL, 0x0000000000000000ULL, 0x0000000000000000ULL}}},
    {{{
        0x07089552b319d465ULL, 0xc6695f92b50a8313ULL, 0x97e83cccd117228fULL,
        0xa35baecab2dc29eeULL, 0x1ce393ea5daace4dULL, 0x08f2220fb0fb66ebULL}},
       {{
        0xb2f66aad4ce5d646ULL, 0x5842a06bfc497cecULL, 0xcf4895d42599d394ULL,
        0xc11b9cba40a8e8d0ULL, 0x2e3813cbe5a0de89ULL, 0x110eefda88847fafULL}}},
    {{{
        0x0000000000000000ULL, 0x0000000000000000ULL, 0x0000000000000000ULL,
        0x0000000000000000ULL, 0x0000000000000000ULL, 0x0000000000000000ULL}},
       {{
        0xcd03c9e48671f071ULL, 0x5dab22461fcda5d2ULL, 0x587042afd3851b95ULL,
        0x8eb60ebe01bacb9eULL, 0x03f97d6e83d050d2ULL, 0x18f0206554638741ULL}}},
    {{{
        0x7bcfa7a25aa30fdaULL, 0xdc17dec12a927e7cULL, 0x2f088dd86b4ebef1ULL,
        0xd1ca2087da74d4a7ULL, 0x2da2596696cebc1dULL, 0x0e2b7eedbbfd87d2ULL}},
       {{
        0x7bcfa7a25aa30fdaULL, 0xdc17dec12a927e7cULL, 0x2f088dd86b4ebef1ULL,
        0xd1ca2087da74d4a7ULL, 0x2da2596696cebc1dULL, 0x0e2b7eedbbfd87d2ULL}}},
    {{{
        0x890dc9e4867545c3ULL, 0x2af322533285a5d5ULL, 0x50880866309b7e2cULL,
        0xa20d1b8c7e881024ULL, 0x14e4f04fe2db9068ULL, 0x14e56d3f1564853aULL}},
       {{
        0x0000000000000000ULL, 0x0000000000000000ULL, 0x0000000000000000ULL,
        0x0000000000000000ULL, 0x0000000000000000ULL, 0x0000000000000000ULL}}},
    {{{
        0x82d83cf50dbce43fULL, 0xa2813e53df9d018fULL, 0xc6f0caa53c65e181ULL,
        0x7525cf528d50fe95ULL, 0x4a85ed50f4798a6bULL, 0x171da0fd6cf8eebdULL}},
       {{
        0x3726c30af242c66cULL, 0x7c2ac1aad1b6fe70ULL, 0xa04007fbba4b14a2ULL,
        0xef517c3266341429ULL, 0x0095ba654ed2226bULL, 0x02e370eccc86f7ddULL}}}};

const atr_fp atr_fp_frobenius2[6] = {
    {{
        0x760900000002fffdULL, 0xebf4000bc40c0002ULL, 0x5f48985753c758baULL,
        0x77ce585370525745ULL, 0x5c071a97a256ec6dULL, 0x15f65ec3fa80e493ULL}},
    {{
        0xecfb361b798dba3aULL, 0xc100ddb891865a2cULL, 0x0ec08ff1232bda8eULL,
        0xd5c13cc6f1ca4721ULL, 0x47222a47bf7b5c04ULL, 0x0110f184e51c5f59ULL}},
    {{
        0x30f1361b798a64e8ULL, 0xf3b8ddab7ece5a2aULL, 0x16a8ca3ac61577f7ULL,
        0xc26a2ff874fd029bULL, 0x3636b76660701c6eULL, 0x051ba4ab241b6160ULL}},
    {{
        0x43f5fffffffcaaaeULL, 0x32b7fff2ed47fffdULL, 0x07e83a49a2e99d69ULL,
        0xeca8f3318332bb7aULL, 0xef148d1ea0f4c069ULL, 0x040ab3263eff0206ULL}},
    {{
        0xcd03c9e48671f071ULL, 0x5dab22461fcda5d2ULL, 0x587042afd3851b95ULL,
        0x8eb60ebe01bacb9eULL, 0x03f97d6e83d050d2ULL, 0x18f0206554638741ULL}},
    {{
        0x890dc9e4867545c3ULL, 0x2af322533285a5d5ULL, 0x50880866309b7e2cULL,
        0xa20d1b8c7e881024ULL, 0x14e4f04fe2db9068ULL, 0x14e56d3f1564853aULL}}};

const atr_fp atr_sswu1_a = {{
        0x2f65aa0e9af5aa51ULL, 0x86464c2d1e8416c3ULL, 0xb85ce591b7bd31e2ULL,
        0x27e11c91b5f24e7cULL, 0x28376eda6bfc1835ULL, 0x155455c3e5071d85ULL}};

const atr_fp atr_sswu1_b = {{
        0xfb996971fe22a1e0ULL, 0x9aa93eb35b742d6fULL, 0x8c476013de99c5c4ULL,
        0x873e27c3a221e571ULL, 0xca72b5e45a52d888ULL, 0x06824061418a386bULL}};

const atr_fp atr_sswu1_root = {{
        0xf37b0ced8fb71e24ULL, 0xf02dc8a4535a8779ULL, 0x732ed835f7eb14eaULL,
        0x524ca41ecb2bce0dULL, 0x095e3801e90b5fc1ULL, 0x0252ad055472a90eULL}};

const atr_fp2 atr_sswu2_a = {{{
        0x0000000000000000ULL, 0x0000000000000000ULL, 0x0000000000000000ULL,
        0x0000000000000000ULL, 0x0000000000000000ULL, 0x0000000000000000ULL}},
       {{
        0xe53a000003135242ULL, 0x01080c0fdef80285ULL, 0xe7889edbe340f6bdULL,
        0x0b51375126310601ULL, 0x02d6985717c744abULL, 0x1220b4e979ea5467ULL}}};

const atr_fp2 atr_sswu2_b = {{{
        0x22ea00000cf89db2ULL, 0x6ec832df71380aa4ULL, 0x6e1b94403db5a66eULL,
        0x75bf3c53a79473baULL, 0x3dd3a569412c0a34ULL, 0x125cdb5e74dc4fd1ULL}},
       {{
        0x22ea00000cf89db2ULL, 0x6ec832df71380aa4ULL, 0x6e1b94403db5a66eULL,
        0x75bf3c53a79473baULL, 0x3dd3a569412c0a34ULL, 0x125cdb5e74dc4fd1ULL}}};

const atr_fp2 atr_sswu2_ba = {{{
        0x903c555555474fb3ULL, 0x5f98cc95ce451105ULL, 0x9f8e582eefe0fadeULL,
        0xc68946b6aebbd062ULL, 0x467a4ad10ee6de53ULL, 0x0e7146f483e23a05ULL}},
       {{
        0x29c2aaaaaab85af8ULL, 0xbf133368e30eeefaULL, 0xc7a27a7206cffb45ULL,
        0x9dee04ce44c9425cULL, 0x04a15ce53464ce83ULL, 0x0b8fcaf5b59dac95ULL}}};

const atr_fp2 atr_sswu2_exception = {{{
        0xf2d8444444414324ULL, 0x2585c28393a69d00ULL, 0x5dd35cd05d972c42ULL,
        0xfd963b744ea89b53ULL, 0x07f5d9fd91c1fa91ULL, 0x127db28a3ce062c4ULL}},
       {{
        0x55743333333b3695ULL, 0xeb72b871590828fcULL, 0x1c186171cb4d5da5ULL,
        0x34a33031ee956644ULL, 0xc971692a149d16d0ULL, 0x168a1e1ff5de8b82ULL}}};

const atr_fp2 atr_sswu2_z = {{{
        0x87ebfffffff9555cULL, 0x656fffe5da8ffffaULL, 0x0fd0749345d33ad2ULL,
        0xd951e663066576f4ULL, 0xde291a3d41e980d3ULL, 0x0815664c7dfe040dULL}},
       {{
        0x43f5fffffffcaaaeULL, 0x32b7fff2ed47fffdULL, 0x07e83a49a2e99d69ULL,
        0xeca8f3318332bb7aULL, 0xef148d1ea0f4c069ULL, 0x040ab3263eff0206ULL}}};

const atr_fp atr_sswu2_root = {{
        0xcd94f7407f49f0baULL, 0xe4f81e0fa6c4f72dULL, 0x30e77d854799eedbULL,
        0xc442e208de13f299ULL, 0x15a4f8f75facaabeULL, 0x135bd2bfe164a855ULL}};

#endif
